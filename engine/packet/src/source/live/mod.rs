//! Live frames from an interface: an `AF_PACKET` ring (`TPACKET_V3`) that the kernel fills block by block.
//!
//! The kernel's layout is read as bytes with bounds checked, like any other input; only [`system`] speaks to it.

pub mod privileges;
mod system;

use super::{Frame, MAX_RECORD};
use crate::error::CaptureError;
use system::{Ring, Socket};

/// Bytes of a block.
const BLOCK_BYTES: usize = 1 << 20;
/// Blocks of the ring.
const BLOCKS: usize = 64;
/// Milliseconds after which the kernel hands over a block that is not full.
const RETIRE_MS: u32 = 10;
/// `ARPHRD_ETHER`, `ARPHRD_LOOPBACK`: frames begin with an Ethernet header.
const ETHERNET_KINDS: [u16; 2] = [1, 772];
/// `ARPHRD_LOOPBACK`.
const LOOPBACK_KIND: u16 = 772;
/// `ARPHRD_NONE` and `ARPHRD_PPP`: frames are bare IP.
const BARE_KINDS: [u16; 2] = [0xfffe, 512];
/// The kernel did not compute the sums of a frame that this machine sends.
const STATUS_SUM_NOT_READY: u32 = 1 << 3;
/// The frame had a VLAN tag that the card took off.
const STATUS_VLAN: u32 = 1 << 4;

/// What the kernel counted since the socket was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KernelCounters {
    /// Frames that reached the socket, dropped ones included.
    pub packets: u64,
    /// Frames dropped because the ring was full.
    pub drops: u64,
    /// Times that the ring was full.
    pub freezes: u64,
}

/// An open ring on one interface.
pub struct LiveSource {
    ring: Ring,
    socket: Socket,
    block: usize,
    link_type: u32,
    interface: String,
    counters: KernelCounters,
}

impl LiveSource {
    /// Opens the socket and begins to capture. Needs `CAP_NET_RAW`, from here on no more.
    pub fn open(interface: &str) -> Result<Self, CaptureError> {
        let failed = |error: std::io::Error| match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => CaptureError::NotPermitted {
                interface: interface.to_owned(),
            },
            Some(libc::ENODEV | libc::ENXIO) => CaptureError::NoInterface {
                interface: interface.to_owned(),
            },
            _ => CaptureError::LiveFailed {
                interface: interface.to_owned(),
                reason: error.to_string(),
            },
        };
        let index = system::interface_index(interface).map_err(failed)?;
        let socket = Socket::open().map_err(failed)?;
        let ring = socket
            .ring(BLOCK_BYTES, BLOCKS, RETIRE_MS)
            .map_err(failed)?;
        let kind = socket.bind(index).map_err(failed)?;
        let link_type = if ETHERNET_KINDS.contains(&kind) {
            1
        } else if BARE_KINDS.contains(&kind) {
            101
        } else {
            let reason = format!("link layer {kind} is not supported");
            return Err(CaptureError::LiveFailed {
                interface: interface.to_owned(),
                reason,
            });
        };
        if kind == LOOPBACK_KIND {
            // There every frame passes twice, out and in.
            socket.ignore_outgoing().map_err(failed)?;
        }
        socket.make_promiscuous(index).map_err(failed)?;
        let interface = interface.to_owned();
        Ok(Self {
            ring,
            socket,
            block: 0,
            link_type,
            interface,
            counters: KernelCounters::default(),
        })
    }

    /// Waits for a full or retired block, at most `timeout_ms`.
    pub fn wait(&self, timeout_ms: i32) -> Result<bool, CaptureError> {
        if self.ring.is_ready(self.block) {
            return Ok(true);
        }
        self.socket
            .wait(timeout_ms)
            .map_err(|error| CaptureError::LiveFailed {
                interface: self.interface.clone(),
                reason: error.to_string(),
            })?;
        Ok(self.ring.is_ready(self.block))
    }

    /// Hands out the frames of one block and gives the block back. Answers how many there were.
    pub fn drain(&mut self, mut each: impl FnMut(&Frame<'_>)) -> u64 {
        let Some(block) = self.ring.block(self.block) else {
            return 0;
        };
        let mut frames = 0;
        let count = word(block, 12).unwrap_or(0);
        let mut at = word(block, 16)
            .and_then(|at| usize::try_from(at).ok())
            .unwrap_or(usize::MAX);
        for _ in 0..count {
            let Some(header) = block.get(at..) else { break };
            let Some(frame) = frame(header, self.link_type) else {
                break;
            };
            each(&frame);
            frames += 1;
            let next = word(header, 0)
                .and_then(|next| usize::try_from(next).ok())
                .unwrap_or(0);
            if next == 0 {
                break;
            }
            at = at.saturating_add(next);
        }
        self.ring.release(self.block);
        self.block = (self.block + 1) % BLOCKS;
        frames
    }

    /// The kernel's counters. It forgets them when asked, so they are added up here.
    pub fn counters(&mut self) -> KernelCounters {
        if let Ok([packets, drops, freezes]) = self.socket.statistics() {
            let counters = &mut self.counters;
            counters.packets = counters.packets.saturating_add(u64::from(packets));
            counters.drops = counters.drops.saturating_add(u64::from(drops));
            counters.freezes = counters.freezes.saturating_add(u64::from(freezes));
        }
        self.counters
    }
}

/// A frame behind a `tpacket3_hdr`.
fn frame(header: &[u8], link_type: u32) -> Option<Frame<'_>> {
    let (seconds, nanoseconds) = (word(header, 4)?, word(header, 8)?);
    let captured = usize::try_from(word(header, 12)?).ok()?.min(MAX_RECORD);
    let status = word(header, 20)?;
    let start = usize::from(u16::from_ne_bytes(*header.get(24..)?.first_chunk::<2>()?));
    let tag = word(header, 32)? & 0x0fff;
    Some(Frame {
        time_us: u64::from(seconds) * 1_000_000 + u64::from(nanoseconds) / 1_000,
        wire_length: word(header, 16)?,
        link_type,
        interface: 0,
        checksums_offloaded: status & STATUS_SUM_NOT_READY != 0,
        vlan_tag: if status & STATUS_VLAN != 0 {
            u16::try_from(tag).ok()
        } else {
            None
        },
        data: header.get(start..start.checked_add(captured)?)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(captured: u32, start: u16, status: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in [0, 10, 5_000, captured, 60, status] {
            bytes.extend_from_slice(&u32::to_ne_bytes(value));
        }
        bytes.extend_from_slice(&start.to_ne_bytes());
        bytes.resize(32, 0);
        bytes.extend_from_slice(&7_u32.to_ne_bytes());
        bytes.resize(48, 0);
        bytes.extend_from_slice(b"abcd");
        bytes
    }

    #[test]
    fn a_frame_is_read_from_the_kernels_layout() {
        let bytes = header(4, 48, STATUS_VLAN);
        let frame = frame(&bytes, 1).expect("whole");
        assert_eq!(
            (frame.time_us, frame.wire_length, frame.data),
            (10_000_005, 60, &b"abcd"[..])
        );
        assert_eq!(
            (frame.vlan_tag, frame.checksums_offloaded),
            (Some(7), false)
        );
    }

    #[test]
    fn lengths_beyond_the_block_are_refused() {
        assert!(frame(&header(5, 48, 0), 1).is_none());
        assert!(frame(&header(4, 49, 0), 1).is_none());
        assert!(frame(&[0; 30], 1).is_none());
    }
}
