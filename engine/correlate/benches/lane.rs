//! What a match costs from "lines and hits of a scan" to "firings out": `cargo bench -p khien-correlate --bench lane [what [events [rounds]]]`.
//!
//! Prints one JSON object a measurement. Lanes: `event_count` (10,000 groups), `temporal`, `value_count` and `event_count_one` (one group
//! with 1,800 different values in its window, against plain counting of the same events), `firing` (an alert every 100 events),
//! `value_percentile`, `idle` (a million groups: bytes of resident memory, snapshot and recovery). One thread, no network, no file;
//! rates are by CPU second.

#![expect(clippy::cast_precision_loss, reason = "rates are rounded anyway")]

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use khien_correlate::lane::{Hit, Lane};
use khien_correlate::watch::Plan;

type Outcome = Result<(), Box<dyn Error>>;

const BATCH: usize = 5_000;
const START_US: i64 = 1_795_408_814_000_000;

fn main() -> Outcome {
    let mut arguments = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let what = arguments.next().unwrap_or_else(|| "all".to_owned());
    let mut number = || arguments.next().map(|written| written.parse()).transpose();
    let (count, rounds) = (number()?, number()?.unwrap_or(5));
    let wants = |name: &str| what == "all" || what == name;
    let many = |number: usize| (number % 10_000, number % 50);
    let one = |number: usize| (0, number % 1_800);
    let hundred = |number: usize| (number / 100, number % 50);
    let run = |name: &str, (kind, threshold, field): (&str, &str, &str), most: usize, of: Names| {
        if wants(name) {
            let plan = watch(kind, threshold, field);
            measure(name, &plan, count.unwrap_or(most), rounds, of)?;
        }
        Outcome::Ok(())
    };
    let counting = ("event_count", "1000", "");
    run("event_count", counting, 1_000_000, &many)?;
    run("temporal", ("temporal", "2", ""), 1_000_000, &many)?;
    let counting_one = ("event_count", "10000", "");
    run("event_count_one", counting_one, 1_000_000, &one)?;
    let values = ("value_count", "10000", "\"user.name\"");
    run("value_count", values, 1_000_000, &one)?;
    let percentile = ("value_percentile", "1e9", "\"source.port\"");
    run("value_percentile", percentile, 500_000, &many)?;
    run("firing", ("event_count", "100", ""), 500_000, &hundred)?;
    if wants("idle") {
        idle()?;
    }
    Ok(())
}

/// The group and the user of an event, by its number.
type Names<'n> = &'n dyn Fn(usize) -> (usize, usize);

fn watch(kind: &str, threshold: &str, fields: &str) -> String {
    format!(
        r#"{{"version":1,"watches":[{{"name":"bench@1","kind":"{kind}","timespan_us":60000000,"fire":"episode","bounds":[["gte","{threshold}"]],"expression":null,"percentile":null,"members":[{{"id":"rule","rule":0,"group":["source.ip"]}}],"group_by":["source.ip"],"fields":[{fields}],"most_groups":2000000,"expect":null,"entities":[["source.ip","ip","source"],["destination.ip","ip","target"],["host.hostname","host","target"],["host.name","host","target"]],"silent":false}}]}}"#
    )
}

/// A failed log-in as our own parser of `auth.log` writes it.
fn push_line(lines: &mut String, number: usize, time_us: i64, group: usize, user: usize) {
    let seconds = time_us / 1_000_000 % 60;
    let (hour, minute) = (time_us / 3_600_000_000 % 24, time_us / 60_000_000 % 60);
    let micros = time_us % 1_000_000;
    let (third, fourth) = (group / 250 % 250, group % 250);
    let second = group / 62_500 % 250;
    let _ = writeln!(
        lines,
        r#"{{"@timestamp":"2026-11-23T{hour:02}:{minute:02}:{seconds:02}.{micros:06}Z","event":{{"id":"gate-1-{number}","ingested":"2026-11-23T04:40:15.000000Z","kind":"event","category":["authentication"],"type":["start"],"dataset":"host.auth","module":"sshd","action":"login","outcome":"failure"}},"ecs":{{"version":"8.17.0"}},"source":{{"ip":"10.{second}.{third}.{fourth}","port":{port}}},"host":{{"hostname":"may-chu-1"}},"user":{{"name":"nguoi-dung-{user}"}},"process":{{"name":"sshd","pid":{port}}},"khien":{{"schema":1,"dataset":"live","sensor":"gate","epoch":1,"seq":{number},"source":"auth.log","time":"log"}}}}"#,
        port = 1_024 + number % 60_000,
    );
}

struct Batches {
    batches: Vec<(Vec<u8>, Vec<Hit>)>,
    count: usize,
}

/// One event every 30 µs or so: 60 s of window hold 2 million events, more than any lane remembers.
fn batches(first: usize, count: usize, step_us: i64, of: Names) -> Batches {
    let mut batches = Vec::new();
    let mut number = first;
    let count = first + count;
    while number < count {
        let mut lines = String::new();
        let mut hits = Vec::new();
        for _ in 0..BATCH.min(count - number) {
            let start = lines.len();
            let (group, user) = of(number);
            let time_us = START_US + i64::try_from(number).unwrap_or(0) * step_us;
            push_line(&mut lines, number, time_us, group, user);
            hits.push((start, lines.len(), vec![0]));
            number += 1;
        }
        batches.push((lines.into_bytes(), hits));
    }
    Batches {
        batches,
        count: count - first,
    }
}

fn lane(plan: &str) -> Result<Lane, Box<dyn Error>> {
    Ok(Lane::new(Arc::new(Plan::parse(plan.as_bytes())?)))
}

fn measure(name: &str, plan: &str, count: usize, rounds: usize, of: Names) -> Outcome {
    let input = batches(0, count, 30, of);
    let mut rates = Vec::new();
    let mut firings = 0;
    for _ in 0..rounds {
        let mut lane = lane(plan)?;
        let begun = cpu_seconds()?;
        firings = 0;
        for (lines, hits) in &input.batches {
            lane.observe(lines, hits, i64::MAX, i64::MAX);
            let last = lane.pending_time(lane.pending_count().saturating_sub(1));
            lane.advance(last.unwrap_or(START_US), usize::MAX);
            firings += lane.take_changes().firings.len();
        }
        rates.push(input.count as f64 / (cpu_seconds()? - begun));
    }
    rates.sort_by(f64::total_cmp);
    let bytes: usize = input.batches.iter().map(|(lines, _)| lines.len()).sum();
    println!(
        r#"{{"lane":"{name}","matches":{count},"matches_per_second":{:.0},"firings":{firings},"bytes_a_line":{}}}"#,
        rates.get(rates.len() / 2).copied().unwrap_or_default(),
        bytes / count,
    );
    Ok(())
}

/// A million groups of one event each.
fn idle() -> Outcome {
    const GROUPS: usize = 1_000_000;
    let plan = watch("event_count", "1000", "");
    let mut lane = lane(&plan)?;
    let before = resident()?;
    for first in (0..GROUPS).step_by(BATCH) {
        let input = batches(first, BATCH, 30, &|number| (number, number % 50));
        for (lines, hits) in &input.batches {
            lane.observe(lines, hits, i64::MAX, i64::MAX);
            let last = lane.pending_time(lane.pending_count().saturating_sub(1));
            lane.advance(last.unwrap_or(START_US), usize::MAX);
            lane.take_changes();
        }
    }
    let (groups, bytes) = (lane.core.store.len(), resident()?.saturating_sub(before));
    let begun = Instant::now();
    let (kept, _) = lane.snapshot();
    let snapshot = begun.elapsed().as_secs_f64();
    let size: usize = kept
        .iter()
        .map(|(_, key, state)| key.len() + state.len())
        .sum();
    drop(lane);
    let begun = Instant::now();
    let mut restored = self::lane(&plan)?;
    for (watch, key, state) in &kept {
        restored.restore(watch, key, state)?;
    }
    restored.finish_restore();
    let recovery = begun.elapsed().as_secs_f64();
    println!(
        r#"{{"lane":"idle","groups":{groups},"bytes_a_group":{},"resident_bytes":{bytes},"snapshot_seconds":{snapshot:.2},"state_bytes_a_group":{},"recovery_seconds":{recovery:.2},"restored":{}}}"#,
        bytes / groups.max(1),
        size / kept.len().max(1),
        restored.core.store.len(),
    );
    Ok(())
}

/// What this thread, the only one, has run on a core: other work on the machine lowers no figure.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let account = fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = account
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .parse()?;
    Ok(nanoseconds / 1e9)
}

fn resident() -> Result<usize, Box<dyn Error>> {
    let pages: usize = fs::read_to_string("/proc/self/statm")?
        .split_whitespace()
        .nth(1)
        .unwrap_or("0")
        .parse()?;
    Ok(pages * 4_096)
}
