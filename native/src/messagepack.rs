//! The little of MessagePack that other modules write and scan.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sha2::{Digest, Sha256};

/// Arrays inside arrays, at most; deeper bytes are left to the decoder.
const MAX_DEPTH: usize = 16;

/// Append a byte string under the shortest header.
pub fn push_binary(out: &mut Vec<u8>, data: &[u8]) {
    let length = data.len();
    if length < 1 << 8 {
        out.extend([0xc4, length as u8]);
    } else if length < 1 << 16 {
        out.push(0xc5);
        out.extend((length as u16).to_be_bytes());
    } else {
        out.push(0xc6);
        out.extend((length as u32).to_be_bytes());
    }
    out.extend_from_slice(data);
}

/// Reads one value after the other and insists on the shortest form of each.
///
/// `None` means: not canonical, or a type (map, float, extension) whose form it does not judge.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// Read a big-endian number of `bytes` bytes that no form of fewer bytes could hold.
    fn number(&mut self, bytes: usize, least: u64) -> Option<u64> {
        let value = self
            .take(bytes)?
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        (value >= least).then_some(value)
    }

    /// Read a negative number of `bytes` bytes, at most `most`.
    fn negative(&mut self, bytes: usize, most: i64) -> Option<()> {
        let read = self.number(bytes, 0)?;
        let shift = 64 - 8 * bytes as u32;
        (((read << shift) as i64) >> shift <= most).then_some(())
    }

    fn skip(&mut self, length: Option<u64>) -> Option<()> {
        self.take(usize::try_from(length?).ok()?).map(|_| ())
    }

    fn array(&mut self) -> Option<u64> {
        match self.take(1)?[0] {
            head @ 0x90..=0x9f => Some(u64::from(head & 0x0f)),
            0xdc => self.number(2, 16),
            0xdd => self.number(4, 1 << 16),
            _ => None,
        }
    }

    fn binary(&mut self) -> Option<&'a [u8]> {
        let length = match self.take(1)?[0] {
            0xc4 => self.number(1, 0),
            0xc5 => self.number(2, 1 << 8),
            0xc6 => self.number(4, 1 << 16),
            _ => None,
        }?;
        self.take(usize::try_from(length).ok()?)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match *self.rest.first()? {
            0x90..=0x9f | 0xdc | 0xdd => {
                if depth == 0 {
                    return None;
                }
                for _ in 0..self.array()? {
                    self.value(depth - 1)?;
                }
                Some(())
            }
            0xc4..=0xc6 => self.binary().map(|_| ()),
            head => {
                self.take(1)?;
                match head {
                    0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Some(()),
                    0xcc => self.number(1, 1 << 7).map(|_| ()),
                    0xcd => self.number(2, 1 << 8).map(|_| ()),
                    0xce => self.number(4, 1 << 16).map(|_| ()),
                    0xcf => self.number(8, 1 << 32).map(|_| ()),
                    0xd0 => self.negative(1, -33),
                    0xd1 => self.negative(2, -129),
                    0xd2 => self.negative(4, -32_769),
                    0xd3 => self.negative(8, -2_147_483_649),
                    0xa0..=0xbf => self.skip(Some(u64::from(head & 0x1f))),
                    0xd9 => {
                        let length = self.number(1, 32);
                        self.skip(length)
                    }
                    0xda => {
                        let length = self.number(2, 1 << 8);
                        self.skip(length)
                    }
                    0xdb => {
                        let length = self.number(4, 1 << 16);
                        self.skip(length)
                    }
                    _ => None,
                }
            }
        }
    }
}

fn is_whole(data: &[u8]) -> bool {
    let mut scanner = Scanner { rest: data };
    scanner.value(MAX_DEPTH).is_some() && scanner.rest.is_empty()
}

/// Split canonical `[byte string, array]` whose byte string is itself one canonical value.
fn split(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut scanner = Scanner { rest: data };
    if scanner.array()? != 2 {
        return None;
    }
    let body = scanner.binary()?;
    let tail = scanner.rest;
    (is_whole(body) && is_whole(tail)).then_some((body, tail))
}

fn tagged(tag: &[u8], data: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(tag)
        .chain_update(data)
        .finalize()
        .into()
}

/// Return the tagged SHA-256 of both parts of `[byte string, array]`; `None` where it is not surely canonical.
#[pyfunction]
pub fn scan_envelope<'py>(
    py: Python<'py>,
    data: &[u8],
    body_tag: &[u8],
    array_tag: &[u8],
) -> Option<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let (body, array) = split(data)?;
    Some((
        PyBytes::new(py, &tagged(body_tag, body)),
        PyBytes::new(py, &tagged(array_tag, array)),
    ))
}
