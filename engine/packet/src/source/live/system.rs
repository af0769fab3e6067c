//! The calls to the kernel: the only file of this crate with `unsafe` in it.
#![expect(
    unsafe_code,
    reason = "a packet ring is memory shared with the kernel; each block says why it is sound"
)]

use std::ffi::CString;
use std::io::{Error, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{c_int, c_void, socklen_t};

/// Option numbers of `linux/if_packet.h` that libc lacks or types otherwise.
const PACKET_IGNORE_OUTGOING: c_int = 23;
const STATUS_KERNEL: u32 = 0;
const STATUS_USER: u32 = 1;
/// Place of the status word in a block.
const STATUS_OFFSET: usize = 8;

/// An `AF_PACKET` socket.
pub(super) struct Socket {
    descriptor: OwnedFd,
}

/// The ring mapped into memory.
pub(super) struct Ring {
    start: *mut u8,
    length: usize,
    block_bytes: usize,
}

// SAFETY: the mapping belongs to this value alone, and moving a pointer to another thread changes nothing about it.
unsafe impl Send for Ring {}

/// The number of an interface.
pub(super) fn interface_index(name: &str) -> Result<c_int> {
    let name = CString::new(name).map_err(|_| Error::from_raw_os_error(libc::ENODEV))?;
    // SAFETY: `name` is a string with its end, alive during the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        Err(Error::last_os_error())
    } else {
        c_int::try_from(index).map_err(Error::other)
    }
}

impl Socket {
    /// A socket that receives nothing before it is bound.
    pub(super) fn open() -> Result<Self> {
        // SAFETY: plain system call without pointers.
        let number =
            unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if number < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self {
            descriptor: unsafe { OwnedFd::from_raw_fd(number) },
        })
    }

    /// Sets up the ring and maps it.
    pub(super) fn ring(&self, block_bytes: usize, blocks: usize, retire_ms: u32) -> Result<Ring> {
        let version = libc::tpacket_versions::TPACKET_V3;
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        let narrow = |value: usize| u32::try_from(value).map_err(Error::other);
        // Frames of a version 3 ring have their own lengths; the size only has to divide the block.
        let frame_bytes = 2_048;
        // SAFETY: an all-zero `tpacket_req3` is a valid value of plain numbers.
        let mut request: libc::tpacket_req3 = unsafe { std::mem::zeroed() };
        request.tp_block_size = narrow(block_bytes)?;
        request.tp_block_nr = narrow(blocks)?;
        request.tp_frame_size = narrow(frame_bytes)?;
        request.tp_frame_nr = narrow(block_bytes / frame_bytes * blocks)?;
        request.tp_retire_blk_tov = retire_ms;
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let length = block_bytes * blocks;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let number = self.descriptor.as_raw_fd();
        // SAFETY: the kernel chooses the place; the length is that of the ring just made.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                access,
                libc::MAP_SHARED,
                number,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        Ok(Ring {
            start: start.cast(),
            length,
            block_bytes,
        })
    }

    /// Binds to an interface; from here on frames arrive. Answers the kind of its link layer.
    pub(super) fn bind(&self, index: c_int) -> Result<u16> {
        // SAFETY: an all-zero `sockaddr_ll` is a valid value of plain numbers.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_family = u16::try_from(libc::AF_PACKET).map_err(Error::other)?;
        address.sll_protocol = u16::try_from(libc::ETH_P_ALL)
            .map_err(Error::other)?
            .to_be();
        address.sll_ifindex = index;
        let mut length =
            socklen_t::try_from(size_of::<libc::sockaddr_ll>()).map_err(Error::other)?;
        let number = self.descriptor.as_raw_fd();
        // SAFETY: the address is a `sockaddr_ll` of the length given.
        check(unsafe { libc::bind(number, (&raw const address).cast(), length) })?;
        // SAFETY: the kernel writes at most `length` bytes into the same structure.
        check(unsafe { libc::getsockname(number, (&raw mut address).cast(), &raw mut length) })?;
        Ok(address.sll_hatype)
    }

    /// Frames that this machine sends are left out.
    pub(super) fn ignore_outgoing(&self) -> Result<()> {
        self.set(libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, &1_i32)
    }

    /// Frames for others are taken too, as long as the socket is open.
    pub(super) fn make_promiscuous(&self, index: c_int) -> Result<()> {
        // SAFETY: an all-zero `packet_mreq` is a valid value of plain numbers.
        let mut request: libc::packet_mreq = unsafe { std::mem::zeroed() };
        request.mr_ifindex = index;
        request.mr_type = u16::try_from(libc::PACKET_MR_PROMISC).map_err(Error::other)?;
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Waits until the ring has something.
    pub(super) fn wait(&self, timeout_ms: i32) -> Result<()> {
        let mut wanted = libc::pollfd {
            fd: self.descriptor.as_raw_fd(),
            events: libc::POLLIN | libc::POLLERR,
            revents: 0,
        };
        // SAFETY: one `pollfd`, alive during the call.
        let found = unsafe { libc::poll(&raw mut wanted, 1, timeout_ms) };
        if found < 0 {
            let error = Error::last_os_error();
            return if error.kind() == std::io::ErrorKind::Interrupted {
                Ok(())
            } else {
                Err(error)
            };
        }
        if wanted.revents & libc::POLLERR != 0 {
            return self.pending_error();
        }
        Ok(())
    }

    /// Packets, drops and freezes since the last time.
    pub(super) fn statistics(&self) -> Result<[u32; 3]> {
        let mut counters = [0_u32; 3];
        self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut counters)?;
        Ok(counters)
    }

    fn pending_error(&self) -> Result<()> {
        let mut error: c_int = 0;
        self.get(libc::SOL_SOCKET, libc::SO_ERROR, &mut error)?;
        if error == 0 {
            Ok(())
        } else {
            Err(Error::from_raw_os_error(error))
        }
    }

    fn set<T>(&self, level: c_int, option: c_int, value: &T) -> Result<()> {
        let length = socklen_t::try_from(size_of::<T>()).map_err(Error::other)?;
        let value: *const c_void = std::ptr::from_ref(value).cast();
        // SAFETY: `value` points to `length` bytes that live during the call; the kernel only reads them.
        check(unsafe {
            libc::setsockopt(self.descriptor.as_raw_fd(), level, option, value, length)
        })
    }

    fn get<T>(&self, level: c_int, option: c_int, value: &mut T) -> Result<()> {
        let mut length = socklen_t::try_from(size_of::<T>()).map_err(Error::other)?;
        let value: *mut c_void = std::ptr::from_mut(value).cast();
        // SAFETY: the kernel writes at most `length` bytes into plain numbers.
        check(unsafe {
            libc::getsockopt(
                self.descriptor.as_raw_fd(),
                level,
                option,
                value,
                &raw mut length,
            )
        })
    }
}

impl Ring {
    /// Whether the kernel has handed over a block.
    pub(super) fn is_ready(&self, block: usize) -> bool {
        self.status(block)
            .is_some_and(|status| status.load(Ordering::Acquire) & STATUS_USER != 0)
    }

    /// A block that is ours until it is released.
    pub(super) fn block(&mut self, block: usize) -> Option<&[u8]> {
        if !self.is_ready(block) {
            return None;
        }
        let offset = block.checked_mul(self.block_bytes)?;
        if offset.checked_add(self.block_bytes)? > self.length {
            return None;
        }
        // SAFETY: the range lies inside the mapping; the kernel does not write to a block that it has handed over,
        // and `&mut self` keeps it from being released while the slice lives.
        Some(unsafe { std::slice::from_raw_parts(self.start.add(offset), self.block_bytes) })
    }

    /// Gives a block back to the kernel.
    pub(super) fn release(&mut self, block: usize) {
        if let Some(status) = self.status(block) {
            status.store(STATUS_KERNEL, Ordering::Release);
        }
    }

    fn status(&self, block: usize) -> Option<&AtomicU32> {
        let offset = block
            .checked_mul(self.block_bytes)?
            .checked_add(STATUS_OFFSET)?;
        if offset.checked_add(size_of::<u32>())? > self.length {
            return None;
        }
        // SAFETY: inside the mapping and aligned (blocks are pages); shared with the kernel, hence atomic.
        Some(unsafe { AtomicU32::from_ptr(self.start.add(offset).cast()) })
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `Socket::ring`, whose slices cannot outlive this value.
        unsafe { libc::munmap(self.start.cast(), self.length) };
    }
}

fn check(outcome: c_int) -> Result<()> {
    if outcome < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Numbers of a user: uid and gid.
pub(super) fn user_numbers(name: &str) -> Result<(libc::uid_t, libc::gid_t)> {
    let name = CString::new(name).map_err(Error::other)?;
    let mut space = vec![0; 16_384];
    let mut found = std::ptr::null_mut();
    // SAFETY: an all-zero `passwd` is valid for the call to fill in.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    // SAFETY: name, entry and space live during the call, which writes at most `space.len()` bytes.
    let code = unsafe {
        libc::getpwnam_r(
            name.as_ptr(),
            &raw mut entry,
            space.as_mut_ptr(),
            space.len(),
            &raw mut found,
        )
    };
    if code != 0 {
        return Err(Error::from_raw_os_error(code));
    }
    if found.is_null() {
        return Err(Error::new(std::io::ErrorKind::NotFound, "no such user"));
    }
    Ok((entry.pw_uid, entry.pw_gid))
}

/// Becomes another user in all threads, without a way back.
pub(super) fn become_user(uid: libc::uid_t, gid: libc::gid_t) -> Result<()> {
    // SAFETY: no pointer is followed for an empty list of groups.
    check(unsafe { libc::setgroups(0, std::ptr::null()) })?;
    // SAFETY: plain calls; the C library applies them to every thread.
    check(unsafe { libc::setresgid(gid, gid, gid) })?;
    // SAFETY: as above.
    check(unsafe { libc::setresuid(uid, uid, uid) })
}

/// This thread can never gain a privilege again.
pub(super) fn forbid_new_privileges() -> Result<()> {
    // SAFETY: plain system call.
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })
}

/// Takes a capability out of what programs started from here could have. False beyond the last one.
pub(super) fn drop_from_bounding_set(capability: libc::c_ulong) -> bool {
    // SAFETY: plain system call.
    unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 }
}

/// Empties the capabilities of this thread.
pub(super) fn clear_capabilities() -> Result<()> {
    // `_LINUX_CAPABILITY_VERSION_3`, this thread; then effective, permitted and inheritable, two words each.
    let header: [u32; 2] = [0x2008_0522, 0];
    let data = [0_u32; 6];
    // SAFETY: a header and data of version 3 as the kernel defines them, alive during the call.
    let outcome = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) };
    if outcome < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}
