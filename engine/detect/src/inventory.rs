//! Which asset and which agency an address belongs to; the longest matching network answers.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Deserialize;

use crate::error::DetectError;

/// Longest name of an asset or a unit; bounds what stamping can add to a line.
const MAX_NAME: usize = 256;

/// IPv4 lives in `::ffff:0:0/96`, so that a mapped address is the IPv4 one.
const IPV4_OFFSET: u32 = 96;

/// One network with what it belongs to, in the order of the document.
#[derive(Debug, Clone, Default)]
struct Owners {
    assets: Vec<String>,
    units: Vec<String>,
}

/// A versioned list of networks, ready to be asked per address.
#[derive(Debug)]
pub struct Inventory {
    version: String,
    count: usize,
    /// By length of the prefix among 128 bits, longest first.
    by_length: Vec<(u32, HashMap<u128, Owners>)>,
    /// By name in ASCII lower case.
    hosts: HashMap<String, Owners>,
}

#[derive(Deserialize)]
struct Document {
    version: String,
    networks: Vec<Entry>,
    #[serde(default)]
    hosts: Vec<Host>,
}

#[derive(Deserialize)]
struct Host {
    name: String,
    #[serde(default)]
    asset: Option<String>,
    #[serde(default)]
    unit: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    cidr: String,
    #[serde(default)]
    asset: Option<String>,
    #[serde(default)]
    unit: Option<String>,
}

impl Inventory {
    /// Reads the JSON document `{"version", "networks": [{"cidr", "asset", "unit"}], "hosts": [{"name", "asset", "unit"}]}`;
    /// `hosts` may be missing, more members are ignored.
    ///
    /// # Errors
    /// The document is not that, or a network is not one.
    pub fn parse(document: &[u8]) -> Result<Self, DetectError> {
        let document: Document =
            serde_json::from_slice(document).map_err(|error| DetectError::InventoryDocument {
                reason: error.to_string(),
            })?;
        let mut by_length: HashMap<u32, HashMap<u128, Owners>> = HashMap::new();
        let count = document.networks.len();
        for (index, network) in document.networks.into_iter().enumerate() {
            let Some(Network { bits, length }) = Network::parse(&network.cidr) else {
                return Err(DetectError::InventoryNetwork {
                    network: network.cidr,
                    index,
                });
            };
            let owners = by_length
                .entry(length)
                .or_default()
                .entry(bits)
                .or_default();
            add(&mut owners.assets, network.asset)?;
            add(&mut owners.units, network.unit)?;
        }
        let mut hosts: HashMap<String, Owners> = HashMap::new();
        for host in document.hosts {
            let owners = hosts.entry(host.name.to_ascii_lowercase()).or_default();
            add(&mut owners.assets, host.asset)?;
            add(&mut owners.units, host.unit)?;
        }
        let mut by_length: Vec<_> = by_length.into_iter().collect();
        by_length.sort_unstable_by_key(|(length, _)| std::cmp::Reverse(*length));
        Ok(Self {
            version: document.version,
            count,
            by_length,
            hosts,
        })
    }

    /// As the document says.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Networks in the document.
    #[must_use]
    pub fn network_count(&self) -> usize {
        self.count
    }

    /// Assets and units of one address; empty when no network holds it.
    #[must_use]
    pub fn find(&self, address: IpAddr) -> (&[String], &[String]) {
        let (bits, shortest) = (
            bits_of(address),
            if address.is_ipv4() { IPV4_OFFSET } else { 0 },
        );
        self.by_length
            .iter()
            // `::/0` holds every IPv6 address and no IPv4 one.
            .take_while(|(length, _)| *length >= shortest)
            .find_map(|(length, networks)| networks.get(&(bits & mask(*length))))
            .map_or((&[], &[]), |owners| (&owners.assets, &owners.units))
    }

    /// Assets and units of a host by its name, upper and lower case alike; empty for a name that nobody registered.
    #[must_use]
    pub fn find_host(&self, name: &str) -> (&[String], &[String]) {
        if self.hosts.is_empty() {
            return (&[], &[]);
        }
        self.hosts
            .get(&name.to_ascii_lowercase())
            .map_or((&[], &[]), |owners| (&owners.assets, &owners.units))
    }
}

fn add(names: &mut Vec<String>, name: Option<String>) -> Result<(), DetectError> {
    match name {
        Some(name) if name.is_empty() || name.len() > MAX_NAME => {
            Err(DetectError::InventoryDocument {
                reason: format!("a name must have 1 to {MAX_NAME} bytes"),
            })
        }
        Some(name) => {
            if !names.contains(&name) {
                names.push(name);
            }
            Ok(())
        }
        None => Ok(()),
    }
}

/// A network among the 128-bit addresses; IPv4 lives in `::ffff:0:0/96`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    length: u32,
}

impl Network {
    /// Reads a network; a bare address is its own, host bits are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((_, length)) if length.starts_with('+') => return None,
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (width, offset) = if address.is_ipv4() {
            (32, IPV4_OFFSET)
        } else {
            (128, 0)
        };
        let length = length.unwrap_or(width);
        if length > width {
            return None;
        }
        let (bits, length) = (bits_of(address), length + offset);
        (bits & !mask(length) == 0).then_some(Self { bits, length })
    }

    /// Whether the address is inside; `::/0` holds every IPv6 address and no IPv4 one.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        (address.is_ipv6() || self.length >= IPV4_OFFSET)
            && bits_of(address) & mask(self.length) == self.bits
    }
}

fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn mask(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

/// Reads a plain address of an event; a zone or brackets are not one.
#[must_use]
pub fn parse_address(text: &str) -> Option<IpAddr> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V6(address) => Some(
            address
                .to_ipv4_mapped()
                .map_or(IpAddr::V6(address), IpAddr::V4),
        ),
        address @ IpAddr::V4(_) => Some(address),
    }
}
