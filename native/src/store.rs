//! An LMDB environment of named databases: read many keys in one call, write many with the interpreter free.

use std::collections::HashMap;
use std::ops::Bound as End;
use std::path::PathBuf;
use std::sync::{Mutex, RwLock};

use crate::messagepack;
use heed::types::Bytes;
use heed::{Database, Env, EnvOpenOptions, RoTxn, WithoutTls};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};

/// MessagePack's header of an array of two.
const PAIR: u8 = 0x92;

type Records = Database<Bytes, Bytes>;
type Changes = Vec<(String, Vec<(PyBackedBytes, Option<PyBackedBytes>)>)>;
type Row<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

fn failed(error: heed::Error) -> PyErr {
    PyOSError::new_err(format!("LMDB: {error}"))
}

/// One environment; a process opens a directory once.
#[pyclass(frozen)]
pub struct Store {
    env: Env<WithoutTls>,
    databases: RwLock<HashMap<String, Records>>,
}

impl Store {
    fn database(&self, name: &str) -> Option<Records> {
        let known = self
            .databases
            .read()
            .unwrap_or_else(|held| held.into_inner());
        known.get(name).copied()
    }

    fn write(&self, changes: &mut Changes) -> heed::Result<()> {
        let mut txn = self.env.write_txn()?;
        let mut made = Vec::new();
        for (name, records) in changes.iter_mut() {
            let database = match self.database(name) {
                Some(database) => database,
                None => {
                    let database = self.env.create_database(&mut txn, Some(name))?;
                    made.push((name.clone(), database));
                    database
                }
            };
            // In key order neighbours share pages, and a page is found and copied once.
            records.sort_unstable_by(|one, other| one.0.as_ref().cmp(other.0.as_ref()));
            for (key, record) in records.iter() {
                match record {
                    Some(record) => database.put(&mut txn, key, record)?,
                    None => database.delete(&mut txn, key).map(|_| ())?,
                }
            }
        }
        txn.commit()?;
        let mut known = self
            .databases
            .write()
            .unwrap_or_else(|held| held.into_inner());
        known.extend(made);
        Ok(())
    }
}

#[pymethods]
impl Store {
    /// Open or make the environment in a directory.
    #[new]
    fn new(path: PathBuf, map_bytes: usize, max_databases: u32) -> PyResult<Self> {
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(map_bytes).max_dbs(max_databases);
        // SAFETY: the data directory is locked by the node, so nobody else changes the file under the map.
        let env = unsafe { options.open(&path) }.map_err(failed)?;
        let mut databases = HashMap::new();
        let mut txn = env.write_txn().map_err(failed)?;
        let root: Option<Records> = env.open_database(&txn, None).map_err(failed)?;
        let mut names = Vec::new();
        if let Some(root) = root {
            for entry in root.iter(&txn).map_err(failed)? {
                names.push(String::from_utf8_lossy(entry.map_err(failed)?.0).into_owned());
            }
        }
        for name in names {
            let database = env.create_database(&mut txn, Some(&name)).map_err(failed)?;
            databases.insert(name, database);
        }
        txn.commit().map_err(failed)?;
        Ok(Self {
            env,
            databases: RwLock::new(databases),
        })
    }

    /// Return the record of each key, or `None`.
    fn get_many<'py>(
        &self,
        py: Python<'py>,
        database: &str,
        keys: Vec<PyBackedBytes>,
    ) -> PyResult<Vec<Option<Bound<'py, PyBytes>>>> {
        let Some(records) = self.database(database) else {
            return Ok(keys.iter().map(|_| None).collect());
        };
        let found = py.detach(|| -> heed::Result<Vec<Option<Vec<u8>>>> {
            let txn = self.env.read_txn()?;
            keys.iter()
                .map(|key| Ok(records.get(&txn, key)?.map(<[u8]>::to_vec)))
                .collect()
        });
        let found = found.map_err(failed)?;
        Ok(found
            .into_iter()
            .map(|data| data.map(|data| PyBytes::new(py, &data)))
            .collect())
    }

    /// Return the number of records of each database, as the environment keeps it: nothing is read through.
    fn counts(&self) -> PyResult<HashMap<String, u64>> {
        let txn = self.env.read_txn().map_err(failed)?;
        let known = self
            .databases
            .read()
            .unwrap_or_else(|held| held.into_inner());
        known
            .iter()
            .map(|(name, records)| Ok((name.clone(), records.len(&txn).map_err(failed)?)))
            .collect()
    }

    /// Begin to read, in key order, what starts with `prefix`, as it is now.
    fn rows(&self, database: &str, prefix: Vec<u8>) -> PyResult<Rows> {
        let mut reading = None;
        if let Some(records) = self.database(database) {
            let txn = self.env.clone().static_read_txn().map_err(failed)?;
            reading = Some(Reading {
                records,
                txn,
                after: None,
                prefix,
            });
        }
        Ok(Rows {
            reading: Mutex::new(reading),
        })
    }

    /// Apply changes per database, `None` deletes: after a crash all of them are there or none.
    fn apply(&self, py: Python<'_>, changes: &Bound<'_, PyDict>) -> PyResult<()> {
        let mut read: Changes = Vec::new();
        for (name, records) in changes.iter() {
            let name: String = name.extract()?;
            let records = records.cast_into::<PyDict>()?;
            let mut pairs = Vec::with_capacity(records.len());
            for (key, record) in records.iter() {
                pairs.push((key.extract()?, record.extract()?));
            }
            read.push((name, pairs));
        }
        py.detach(|| self.write(&mut read)).map_err(failed)
    }
}

/// Rows of one database as they were when reading began.
#[pyclass(frozen)]
pub struct Rows {
    reading: Mutex<Option<Reading>>,
}

struct Reading {
    records: Records,
    txn: RoTxn<'static, WithoutTls>,
    after: Option<Vec<u8>>,
    prefix: Vec<u8>,
}

impl Reading {
    fn start(&self) -> End<&[u8]> {
        match &self.after {
            Some(after) => End::Excluded(after.as_slice()),
            None if self.prefix.is_empty() => End::Unbounded,
            None => End::Included(self.prefix.as_slice()),
        }
    }

    fn pack(&mut self, size: usize) -> heed::Result<(usize, Vec<u8>)> {
        let range = (self.start(), End::Unbounded);
        let (mut number, mut packed, mut last) = (0, Vec::new(), None);
        for row in self.records.range(&self.txn, &range)? {
            let (key, record) = row?;
            if packed.len() >= size || !key.starts_with(&self.prefix) {
                break;
            }
            packed.push(PAIR);
            messagepack::push_binary(&mut packed, key);
            messagepack::push_binary(&mut packed, record);
            number += 1;
            last = Some(key);
        }
        if let Some(last) = last {
            self.after = Some(last.to_vec());
        }
        Ok((number, packed))
    }

    fn next<'py>(&mut self, py: Python<'py>, number: usize) -> heed::Result<Vec<Row<'py>>> {
        let range = (self.start(), End::Unbounded);
        let mut rows = Vec::new();
        let mut last = None;
        for row in self.records.range(&self.txn, &range)?.take(number) {
            let (key, record) = row?;
            if !key.starts_with(&self.prefix) {
                break;
            }
            rows.push((PyBytes::new(py, key), PyBytes::new(py, record)));
            last = Some(key.to_vec());
        }
        self.after = last;
        Ok(rows)
    }
}

#[pymethods]
impl Rows {
    /// Return further rows, until they have `size` bytes, as MessagePack pairs of byte strings one after the other, and
    /// their number; 0 at the end.
    fn next_packed<'py>(
        &self,
        py: Python<'py>,
        size: usize,
    ) -> PyResult<(usize, Bound<'py, PyBytes>)> {
        let packed = py.detach(|| {
            let mut held = self.reading.lock().unwrap_or_else(|held| held.into_inner());
            held.as_mut().map(|reading| reading.pack(size))
        });
        let (number, data) = packed.unwrap_or(Ok((0, Vec::new()))).map_err(failed)?;
        Ok((number, PyBytes::new(py, &data)))
    }

    /// Return up to `number` further rows; fewer than that at the end.
    fn next_rows<'py>(&self, py: Python<'py>, number: usize) -> PyResult<Vec<Row<'py>>> {
        let mut held = self.reading.lock().unwrap_or_else(|held| held.into_inner());
        let Some(reading) = held.as_mut() else {
            return Ok(Vec::new());
        };
        let rows = reading.next(py, number).map_err(failed)?;
        if rows.len() < number {
            *held = None;
        }
        Ok(rows)
    }
}
