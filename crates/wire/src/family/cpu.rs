//! Processors of the guest: which are in use, and what they do.

use crate::{Command, Schema};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// Lists the processors that are present, in use or not.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-vcpus", since = "1.5", returns = Vec<LogicalProcessor>, effect = Read)]
pub struct GetVcpus {}

/// Takes processors into use or out of use, one after the other.
///
/// Answers how many of the entries were done, up to the first that fails; only if that is the very first does
/// the command fail. A client repeats the request with the rest.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-set-vcpus", since = "1.5", returns = i64, effect = Write)]
#[serde(deny_unknown_fields)]
pub struct SetVcpus {
    /// The processors to change, with the state that each is to have.
    #[command(logged)]
    pub vcpus: Vec<LogicalProcessor>,
}

/// A processor of the guest and its state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Schema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogicalProcessor {
    /// The number by which the guest knows the processor.
    pub logical_id: i64,
    /// Whether it is in use.
    pub online: bool,
    /// Whether it can be taken out of use; always told, not looked at in a request.
    pub can_offline: Option<bool>,
}

/// Written by hand: the reference checks these members in one order and sends them in another.
impl Serialize for LogicalProcessor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("LogicalProcessor", 3)?;
        members.serialize_field("online", &self.online)?;
        members.serialize_field("can-offline", &self.can_offline)?;
        members.serialize_field("logical-id", &self.logical_id)?;
        members.end()
    }
}

/// Tells what each processor in use has spent its time with since the guest started.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-cpustats", since = "7.1", returns = Vec<CpuStats>, effect = Read)]
pub struct GetCpustats {}

/// What a processor has spent its time with, in milliseconds.
///
/// Members that may be left out are so when the kernel is too old to count them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct CpuStats {
    /// The processor's number.
    pub cpu: i64,
    /// Running other guests of low priority; also part of `nice`.
    pub guestnice: Option<u64>,
    /// Doing nothing.
    pub idle: u64,
    /// Waiting while the host ran something else on the real processor.
    pub steal: Option<u64>,
    /// Doing nothing while a disk was busy.
    pub iowait: Option<u64>,
    /// Running the kernel.
    pub system: u64,
    /// Running other guests; also part of `user`.
    pub guest: Option<u64>,
    /// Running programs of low priority.
    pub nice: u64,
    /// Handling interrupts.
    pub irq: Option<u64>,
    /// The system that the numbers are of.
    pub r#type: CpuStatsType,
    /// Running programs.
    pub user: u64,
    /// Doing what interrupts left to be done later.
    pub softirq: Option<u64>,
}

/// The system that processor times are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum CpuStatsType {
    /// Linux.
    Linux,
}

/// Tells how many tasks ran or wanted to run, on average.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-load", since = "10.0", returns = LoadAverage, effect = Read)]
pub struct GetLoad {}

/// How many tasks ran, wanted to run or waited for a disk, on average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct LoadAverage {
    /// Over the last 15 minutes.
    pub load15m: f64,
    /// Over the last 5 minutes.
    pub load5m: f64,
    /// Over the last minute.
    pub load1m: f64,
}
