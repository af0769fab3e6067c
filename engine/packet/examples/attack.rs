//! Runs one attack of the design's table through the engine: `attack NAME SIZE`; without arguments, prints names and sizes.

use std::process::ExitCode;

#[path = "../tests/attacks/mod.rs"]
mod attacks;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for attack in attacks::all() {
            println!("{} {}", attack.name, attack.size);
        }
        return ExitCode::SUCCESS;
    };
    let size = arguments.next().and_then(|size| size.parse().ok());
    let attack = attacks::all().find(|attack| attack.name == name);
    if let (Some(attack), Some(size)) = (attack, size) {
        attacks::run(attack, size, |_| ());
        ExitCode::SUCCESS
    } else {
        eprintln!("usage: attack [NAME SIZE]");
        ExitCode::from(2)
    }
}
