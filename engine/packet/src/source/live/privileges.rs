//! Giving up privileges once the sockets are open, and proof that it happened.

use super::system;
use crate::error::CaptureError;

/// Capabilities are numbered from 0; kernels know about 41, none more than 64.
const MAX_CAPABILITIES: u64 = 64;

/// Becomes `user` (when given), drops every capability and forbids new ones. Fails unless no thread has any left.
pub fn drop_privileges(user: Option<&str>) -> Result<(), CaptureError> {
    let kept = |error: std::io::Error| CaptureError::PrivilegesKept {
        reason: error.to_string(),
    };
    let numbers = user.map(system::user_numbers).transpose().map_err(kept)?;
    for capability in 0..MAX_CAPABILITIES {
        if !system::drop_from_bounding_set(capability) {
            // Either the kernel knows no more of them, or we may not: then the others are what counts.
            break;
        }
    }
    if let Some((uid, gid)) = numbers {
        system::become_user(uid, gid).map_err(kept)?;
    }
    system::clear_capabilities().map_err(kept)?;
    system::forbid_new_privileges().map_err(kept)?;
    verify()
}

/// Capabilities belong to threads: one that was begun earlier keeps its own.
fn verify() -> Result<(), CaptureError> {
    let kept = |reason: String| CaptureError::PrivilegesKept { reason };
    let tasks = std::fs::read_dir("/proc/self/task").map_err(|error| kept(error.to_string()))?;
    for task in tasks.flatten() {
        // A thread may end while we look.
        let Ok(status) = std::fs::read_to_string(task.path().join("status")) else {
            continue;
        };
        if has_capabilities(&status) {
            let thread = task.file_name().to_string_lossy().into_owned();
            return Err(kept(format!(
                "thread {thread} was begun before and keeps its capabilities"
            )));
        }
    }
    Ok(())
}

fn has_capabilities(status: &str) -> bool {
    status.lines().any(|line| {
        let value = line
            .strip_prefix("CapPrm:")
            .or_else(|| line.strip_prefix("CapEff:"));
        value.is_some_and(|value| value.trim().bytes().any(|digit| digit != b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::has_capabilities;

    #[test]
    fn any_capability_left_is_seen() {
        assert!(has_capabilities(
            "Name:\tx\nCapPrm:\t0000000000002000\nCapEff:\t0000000000000000\n"
        ));
        assert!(!has_capabilities(
            "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t1\n"
        ));
    }
}
