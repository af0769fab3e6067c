//! Opens a file and tells by its first bytes what it is; gzip and zstd are taken off on the way.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::window::Window;
use super::zstd::Zstd;
use crate::error::CaptureError;

/// The two containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Classic pcap, any byte order and resolution.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl Container {
    /// The container's usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        }
    }
}

/// A file that is known to be a capture, not yet stepped into.
pub struct Opened {
    /// Which one.
    pub container: Container,
    /// Its bytes, unpacked.
    pub window: Window,
}

/// The same for bytes from anywhere; `name` stands for the path in errors.
pub fn open_input(
    name: &str,
    input: Box<dyn Read + Send>,
    read_size: usize,
) -> Result<Opened, CaptureError> {
    recognise(name, Window::new(peel(input, name)?, read_size))
}

/// Opens `path` (`-` is standard input) and recognises it by content, never by name.
pub fn open(path: &Path, read_size: usize) -> Result<Opened, CaptureError> {
    // A name may hold any bytes; in errors what is no text is replaced.
    let name = path.to_string_lossy();
    let input = unpacked(path, &name, read_size)?;
    recognise(&name, Window::new(input, read_size))
}

fn recognise(path: &str, mut window: Window) -> Result<Opened, CaptureError> {
    let found = window.fill(4);
    // Packed bytes that break before the first four: what they are cannot be known, only that they are damaged.
    if found < 4 && window.has_broken_packing() {
        return Ok(Opened {
            container: Container::Pcap,
            window,
        });
    }
    if found == 0 && !window.has_failed() {
        return Err(CaptureError::EmptyFile {
            path: path.to_owned(),
        });
    }
    match window.peek(4).and_then(container) {
        Some(container) => Ok(Opened { container, window }),
        None => Err(CaptureError::NotACapture {
            path: path.to_owned(),
        }),
    }
}

/// Which container a file is, or `None` when it is no capture. Errors only when it cannot be read.
pub fn probe(path: &Path) -> Result<Option<Container>, CaptureError> {
    match open(path, 4_096) {
        Ok(opened) => Ok(opened.window.peek(4).and_then(container)),
        Err(CaptureError::NotACapture { .. } | CaptureError::EmptyFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn container(magic: &[u8]) -> Option<Container> {
    match magic {
        [0x0a, 0x0d, 0x0d, 0x0a] => Some(Container::Pcapng),
        // Microseconds, nanoseconds, and Kuznetzov's longer record header, in both byte orders.
        [0xa1, 0xb2, 0xc3, 0xd4]
        | [0xd4, 0xc3, 0xb2, 0xa1]
        | [0xa1, 0xb2, 0x3c, 0x4d]
        | [0x4d, 0x3c, 0xb2, 0xa1]
        | [0xa1, 0xb2, 0xcd, 0x34]
        | [0x34, 0xcd, 0xb2, 0xa1] => Some(Container::Pcap),
        _ => None,
    }
}

fn unpacked(
    path: &Path,
    name: &str,
    read_size: usize,
) -> Result<Box<dyn Read + Send>, CaptureError> {
    if name == "-" {
        return peel(Box::new(std::io::stdin()), name);
    }
    let failed = |error: &std::io::Error| CaptureError::from_io(name, error);
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    if file.metadata().map_err(|error| failed(&error))?.is_dir() {
        return Err(CaptureError::Unreadable {
            path: name.to_owned(),
            reason: "is a directory".to_owned(),
        });
    }
    let mut magic = [0; 4];
    let got = fill_array(&mut file, &mut magic).map_err(|error| failed(&error))?;
    // A pipe cannot be rewound: what was read from it is put before the rest.
    let rest: Box<dyn Read + Send> = if file.seek(SeekFrom::Start(0)).is_ok() {
        Box::new(file)
    } else {
        Box::new(std::io::Cursor::new(magic.get(..got).unwrap_or_default().to_vec()).chain(file))
    };
    decoded(magic, rest, name, read_size)
}

fn peel(mut input: Box<dyn Read + Send>, path: &str) -> Result<Box<dyn Read + Send>, CaptureError> {
    let mut magic = [0; 4];
    let got =
        fill_array(&mut input, &mut magic).map_err(|error| CaptureError::from_io(path, &error))?;
    let head = std::io::Cursor::new(magic.get(..got).unwrap_or_default().to_vec());
    decoded(magic, Box::new(head.chain(input)), path, 1 << 16)
}

fn decoded(
    magic: [u8; 4],
    input: Box<dyn Read + Send>,
    path: &str,
    read_size: usize,
) -> Result<Box<dyn Read + Send>, CaptureError> {
    match magic {
        [0x1f, 0x8b, ..] => {
            let buffered = std::io::BufReader::with_capacity(read_size.clamp(64, 1 << 16), input);
            Ok(Box::new(flate2::bufread::MultiGzDecoder::new(buffered)))
        }
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let unpacked = Zstd::new(input).map_err(|error| CaptureError::from_io(path, &error))?;
            Ok(Box::new(unpacked))
        }
        _ => Ok(input),
    }
}

fn fill_array(input: &mut dyn Read, space: &mut [u8; 4]) -> std::io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = space.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
