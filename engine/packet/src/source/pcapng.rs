//! pcapng (draft-ietf-opsawg-pcapng): several sections and interfaces, each with its own clock and link type.

use super::window::Window;
use super::{Damage, Frame, MAX_RECORD, Next};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
/// A section or interface header is a few hundred bytes; more is not read into memory.
const MAX_HEADER: usize = 1 << 16;
/// More interfaces than any machine has; a guess.
const MAX_INTERFACES: usize = 65_536;

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: u32,
    snap_length: u32,
    resolution: Resolution,
    offset_seconds: i64,
}

/// What one unit of a time stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// `10^-n` seconds.
    Decimal(u8),
    /// `2^-n` seconds.
    Binary(u8),
}

impl Resolution {
    fn microseconds(self, units: u64) -> u64 {
        let units = u128::from(units);
        let scaled = match self {
            Self::Decimal(power @ 0..=6) => units.saturating_mul(10_u128.pow(u32::from(6 - power))),
            Self::Decimal(power) => 10_u128
                .checked_pow(u32::from(power) - 6)
                .map_or(0, |divisor| units / divisor),
            Self::Binary(power) => units
                .saturating_mul(1_000_000)
                .checked_shr(u32::from(power))
                .unwrap_or(0),
        };
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

/// A packet block that was found: where its bytes are and what is known of them.
struct Found {
    skipped: usize,
    captured: usize,
    wire_length: u32,
    time_us: u64,
    link_type: u32,
    interface: u32,
}

/// Reads blocks one after another; blocks that hold no packet are stepped over.
pub struct PcapngReader {
    window: Window,
    big_endian: bool,
    interfaces: Vec<Interface>,
    /// Interfaces of the sections before this one.
    passed: u32,
    held: usize,
    /// Bytes of the block given last before its frame, and of the frame.
    place: (usize, usize),
    last_time_us: u64,
    damage: Option<Damage>,
}

impl PcapngReader {
    /// `window` stands at the first section header.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self {
            window,
            big_endian: false,
            interfaces: Vec::new(),
            passed: 0,
            held: 0,
            place: (0, 0),
            last_time_us: 0,
            damage: None,
        }
    }

    /// The next packet, or the end.
    pub fn next_frame(&mut self) -> Next<'_> {
        if let Some(damage) = &self.damage {
            return Next::Damaged(damage.clone());
        }
        match self.advance() {
            Ok(Some(found)) => {
                self.place = (found.skipped, found.captured);
                match self.window.peek_at(found.skipped, found.captured) {
                    Some(data) => Next::Frame(Frame {
                        time_us: found.time_us,
                        wire_length: found.wire_length,
                        link_type: found.link_type,
                        interface: found.interface,
                        checksums_offloaded: false,
                        vlan_tag: None,
                        data,
                    }),
                    None => Next::End,
                }
            }
            Ok(None) => Next::End,
            Err(damage) => {
                self.damage = Some(damage.clone());
                Next::Damaged(damage)
            }
        }
    }

    /// The bytes under this reader, and where in them the frame given last is.
    pub fn place(&mut self) -> (&mut Window, (usize, usize)) {
        (&mut self.window, self.place)
    }

    fn advance(&mut self) -> Result<Option<Found>, Damage> {
        loop {
            let held = std::mem::take(&mut self.held);
            if !self.window.advance(held) {
                return Err(self.window.damage("block_cut"));
            }
            let found = self.window.fill(8);
            if found == 0 && !self.window.has_failed() {
                return Ok(None);
            }
            let Some(kind) = self.word(0) else {
                return Err(self.window.damage("block_header_cut"));
            };
            if kind == SECTION {
                self.read_section()?;
                continue;
            }
            let Some(length) = self.word(4).and_then(|length| usize::try_from(length).ok()) else {
                return Err(self.window.damage("block_header_cut"));
            };
            if length < 12 || !length.is_multiple_of(4) {
                return Err(self.window.damage("block_length_impossible"));
            }
            self.held = length;
            if let Some(found) = self.read_block(kind, length)? {
                return Ok(Some(found));
            }
        }
    }

    fn read_block(&mut self, kind: u32, length: usize) -> Result<Option<Found>, Damage> {
        match kind {
            INTERFACE => self.read_interface(length).map(|()| None),
            ENHANCED_PACKET | OBSOLETE_PACKET => self.read_packet(kind, length).map(Some),
            SIMPLE_PACKET => self.read_simple(length).map(Some),
            _ => Ok(None),
        }
    }

    fn read_section(&mut self) -> Result<(), Damage> {
        if self.window.fill(12) < 12 {
            return Err(self.window.damage("block_header_cut"));
        }
        self.big_endian = match self.window.peek_at(8, 4) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
            _ => return Err(self.window.damage("byte_order_unknown")),
        };
        let length = self
            .word(4)
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        if length < 28 || !length.is_multiple_of(4) {
            return Err(self.window.damage("block_length_impossible"));
        }
        let passed = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.passed = self.passed.saturating_add(passed);
        self.interfaces.clear();
        self.held = length;
        Ok(())
    }

    fn read_interface(&mut self, length: usize) -> Result<(), Damage> {
        let wanted = length.min(MAX_HEADER);
        if self.window.fill(wanted) < wanted {
            return Err(self.window.damage("block_cut"));
        }
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(self.window.damage("too_many_interfaces"));
        }
        let Some(link_type) = self.half(8) else {
            return Err(self.window.damage("block_length_impossible"));
        };
        let mut interface = Interface {
            link_type: u32::from(link_type),
            snap_length: self.word(12).unwrap_or(0),
            resolution: Resolution::Decimal(6),
            offset_seconds: 0,
        };
        self.read_options(&mut interface, wanted.saturating_sub(4));
        self.interfaces.push(interface);
        Ok(())
    }

    /// Options of an interface (type, length, value padded to four), from byte 16 up to `end`.
    fn read_options(&self, interface: &mut Interface, end: usize) {
        let mut at = 16_usize;
        while at.saturating_add(4) <= end {
            let (Some(code), Some(length)) = (self.half(at), self.half(at + 2)) else {
                return;
            };
            let length = usize::from(length);
            let value = self
                .window
                .peek_at(at + 4, length)
                .filter(|_| at + 4 + length <= end);
            match (code, value) {
                (0, _) | (_, None) => return,
                (9, Some(&[unit])) => {
                    interface.resolution = if unit & 0x80 == 0 {
                        Resolution::Decimal(unit)
                    } else {
                        Resolution::Binary(unit & 0x7f)
                    };
                }
                (14, Some(value)) => {
                    if let Ok(bytes) = <[u8; 8]>::try_from(value) {
                        interface.offset_seconds = if self.big_endian {
                            i64::from_be_bytes(bytes)
                        } else {
                            i64::from_le_bytes(bytes)
                        };
                    }
                }
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
    }

    fn read_packet(&mut self, kind: u32, length: usize) -> Result<Found, Damage> {
        if self.window.fill(28) < 28 {
            return Err(self.window.damage("block_cut"));
        }
        let number = if kind == ENHANCED_PACKET {
            self.word(8)
        } else {
            self.half(8).map(u32::from)
        };
        let (Some(number), Some(high), Some(low), Some(captured), Some(wire_length)) = (
            number,
            self.word(12),
            self.word(16),
            self.word(20),
            self.word(24),
        ) else {
            return Err(self.window.damage("block_cut"));
        };
        let interface = self.interface(number)?;
        let units = (u64::from(high) << 32) | u64::from(low);
        let time_us = interface
            .resolution
            .microseconds(units)
            .saturating_add_signed(interface.offset_seconds.saturating_mul(1_000_000));
        self.last_time_us = time_us;
        let captured = usize::try_from(captured).unwrap_or(usize::MAX);
        self.hold(28, captured, length)?;
        Ok(Found {
            skipped: 28,
            captured,
            wire_length,
            time_us,
            link_type: interface.link_type,
            interface: self.passed.saturating_add(number),
        })
    }

    /// A simple packet has no time: it takes that of the packet before it.
    fn read_simple(&mut self, length: usize) -> Result<Found, Damage> {
        if self.window.fill(12) < 12 {
            return Err(self.window.damage("block_cut"));
        }
        let interface = self.interface(0)?;
        let wire_length = self.word(8).unwrap_or(0);
        let limit = if interface.snap_length == 0 {
            u32::MAX
        } else {
            interface.snap_length
        };
        let captured = usize::try_from(wire_length.min(limit)).unwrap_or(usize::MAX);
        self.hold(12, captured, length)?;
        let time_us = self.last_time_us;
        Ok(Found {
            skipped: 12,
            captured,
            wire_length,
            time_us,
            link_type: interface.link_type,
            interface: self.passed,
        })
    }

    fn interface(&self, number: u32) -> Result<Interface, Damage> {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.interfaces.get(number))
            .copied()
            .ok_or_else(|| self.window.damage("interface_unknown"))
    }

    fn hold(&mut self, skipped: usize, captured: usize, length: usize) -> Result<(), Damage> {
        if captured > MAX_RECORD {
            return Err(self.window.damage("record_too_long"));
        }
        let total = skipped.saturating_add(captured);
        if total.saturating_add(4) > length {
            return Err(self.window.damage("block_length_impossible"));
        }
        if self.window.fill(total) < total {
            return Err(self.window.damage("block_cut"));
        }
        Ok(())
    }

    fn word(&self, offset: usize) -> Option<u32> {
        let bytes = *self.window.peek_at(offset, 4)?.first_chunk::<4>()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn half(&self, offset: usize) -> Option<u16> {
        let bytes = *self.window.peek_at(offset, 2)?.first_chunk::<2>()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Resolution;

    #[test]
    fn resolutions_are_powers_of_ten_and_of_two() {
        assert_eq!(
            Resolution::Decimal(9).microseconds(1_234_567_890),
            1_234_567
        );
        assert_eq!(Resolution::Decimal(3).microseconds(5), 5_000);
        assert_eq!(Resolution::Binary(10).microseconds(1_536), 1_500_000);
        assert_eq!(Resolution::Decimal(127).microseconds(u64::MAX), 0);
        assert_eq!(Resolution::Decimal(0).microseconds(u64::MAX), u64::MAX);
    }
}
