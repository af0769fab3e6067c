//! Names of system calls (the kernel's `syscall_64.tbl` and `unistd.h`): those that rules speak of.

/// The name of a number on `x86_64` (`arch=c000003e`) and `aarch64` (`c00000b7`).
pub(super) fn name(arch: &str, number: &str) -> Option<&'static str> {
    let number: u16 = number.parse().ok()?;
    let table: &[(u16, &str)] = match arch {
        "c000003e" => &X86_64,
        "c00000b7" => &AARCH64,
        _ => return None,
    };
    let at = table
        .binary_search_by_key(&number, |(number, _)| *number)
        .ok()?;
    table.get(at).map(|(_, name)| *name)
}

const X86_64: [(u16, &str); 52] = [
    (0, "read"),
    (1, "write"),
    (2, "open"),
    (4, "stat"),
    (9, "mmap"),
    (16, "ioctl"),
    (41, "socket"),
    (42, "connect"),
    (43, "accept"),
    (44, "sendto"),
    (45, "recvfrom"),
    (49, "bind"),
    (50, "listen"),
    (56, "clone"),
    (57, "fork"),
    (58, "vfork"),
    (59, "execve"),
    (62, "kill"),
    (76, "truncate"),
    (77, "ftruncate"),
    (82, "rename"),
    (83, "mkdir"),
    (84, "rmdir"),
    (85, "creat"),
    (86, "link"),
    (87, "unlink"),
    (88, "symlink"),
    (90, "chmod"),
    (91, "fchmod"),
    (92, "chown"),
    (93, "fchown"),
    (94, "lchown"),
    (101, "ptrace"),
    (105, "setuid"),
    (106, "setgid"),
    (165, "mount"),
    (170, "sethostname"),
    (175, "init_module"),
    (176, "delete_module"),
    (188, "setxattr"),
    (227, "clock_settime"),
    (257, "openat"),
    (260, "fchownat"),
    (263, "unlinkat"),
    (264, "renameat"),
    (268, "fchmodat"),
    (288, "accept4"),
    (310, "process_vm_readv"),
    (313, "finit_module"),
    (316, "renameat2"),
    (319, "memfd_create"),
    (322, "execveat"),
];
const AARCH64: [(u16, &str); 22] = [
    (29, "ioctl"),
    (35, "unlinkat"),
    (38, "renameat"),
    (40, "mount"),
    (52, "fchmod"),
    (53, "fchmodat"),
    (54, "fchownat"),
    (55, "fchown"),
    (56, "openat"),
    (105, "init_module"),
    (106, "delete_module"),
    (117, "ptrace"),
    (129, "kill"),
    (146, "setuid"),
    (161, "sethostname"),
    (198, "socket"),
    (200, "bind"),
    (203, "connect"),
    (221, "execve"),
    (273, "finit_module"),
    (276, "renameat2"),
    (281, "execveat"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_for_the_search() {
        assert!(X86_64.is_sorted() && AARCH64.is_sorted());
        assert_eq!(name("c000003e", "59"), Some("execve"));
        assert_eq!(name("c00000b7", "221"), Some("execve"));
        assert_eq!(name("40000003", "11"), None);
    }
}
