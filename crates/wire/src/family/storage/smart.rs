//! What a drive reports on its own health.

use super::DiskBusType;
use crate::Schema;
use serde::{Deserialize, Serialize};

/// What an NVMe drive reports on its own health.
///
/// Counters have 128 bits and come in two halves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub struct DiskSmart {
    /// What is left of the spare capacity, in percent.
    pub available_spare: i64,
    /// Write commands done, the upper 64 bits.
    pub host_write_commands_hi: u64,
    /// The temperature, in kelvin.
    pub temperature: i64,
    /// Hours of operation, the lower 64 bits.
    pub power_on_hours_lo: u64,
    /// Read commands done, the upper 64 bits.
    pub host_read_commands_hi: u64,
    /// Read commands done, the lower 64 bits.
    pub host_read_commands_lo: u64,
    /// Entries that the error log has had, the upper 64 bits.
    pub number_of_error_log_entries_hi: u64,
    /// Losses of power without notice, the upper 64 bits.
    pub unsafe_shutdowns_hi: u64,
    /// Losses of power without notice, the lower 64 bits.
    pub unsafe_shutdowns_lo: u64,
    /// Write commands done, the lower 64 bits.
    pub host_write_commands_lo: u64,
    /// The spare capacity, in percent, below which the drive warns.
    pub available_spare_threshold: i64,
    /// Hours of operation, the upper 64 bits.
    pub power_on_hours_hi: u64,
    /// Minutes in which the controller had commands to do, the upper 64 bits.
    pub controller_busy_time_hi: u64,
    /// Minutes in which the controller had commands to do, the lower 64 bits.
    pub controller_busy_time_lo: u64,
    /// Data read, in units of 512,000 bytes, the upper 64 bits.
    pub data_units_read_hi: u64,
    /// Data read, in units of 512,000 bytes, the lower 64 bits.
    pub data_units_read_lo: u64,
    /// Times that the drive was switched on, the upper 64 bits.
    pub power_cycles_hi: u64,
    /// Times that the drive was switched on, the lower 64 bits.
    pub power_cycles_lo: u64,
    /// Errors of data integrity that the drive could not repair, the upper 64 bits.
    pub media_errors_hi: u64,
    /// Errors of data integrity that the drive could not repair, the lower 64 bits.
    pub media_errors_lo: u64,
    /// Data written, in units of 512,000 bytes, the upper 64 bits.
    pub data_units_written_hi: u64,
    /// Data written, in units of 512,000 bytes, the lower 64 bits.
    pub data_units_written_lo: u64,
    /// The kind of drive that reports; `nvme` is the only one.
    pub r#type: DiskBusType,
    /// What the drive warns of, a bit for each reason; 0 when all is well.
    pub critical_warning: i64,
    /// How much of the drive's expected life is used, in percent; may exceed 100.
    pub percentage_used: i64,
    /// Entries that the error log has had, the lower 64 bits.
    pub number_of_error_log_entries_lo: u64,
}
