use super::sys;
use crate::Root;
use qga_wire::family::storage::{DiskBusType, DiskSmart};

/// The health log page of NVMe: NVM Express Base Specification, "SMART / Health Information".
pub(super) type Log = [u8; 512];

/// What the drive behind `node` reports; `None` if it does not, or the agent may not ask.
pub(super) fn report(root: &Root, node: &str) -> Option<DiskSmart> {
    let device = root.open(node).ok().flatten()?;
    Some(parse(&sys::health_log(&device).ok()?))
}

/// The log's numbers have their lowest byte first.
fn parse(log: &Log) -> DiskSmart {
    let byte = |place| i64::from(bytes::<1>(log, place)[0]);
    let low = |place| u64::from_le_bytes(bytes(log, place));
    let high = |place: usize| low(place + 8);
    DiskSmart {
        critical_warning: byte(0),
        temperature: i64::from(u16::from_le_bytes(bytes(log, 1))),
        available_spare: byte(3),
        available_spare_threshold: byte(4),
        percentage_used: byte(5),
        data_units_read_lo: low(32),
        data_units_read_hi: high(32),
        data_units_written_lo: low(48),
        data_units_written_hi: high(48),
        host_read_commands_lo: low(64),
        host_read_commands_hi: high(64),
        host_write_commands_lo: low(80),
        host_write_commands_hi: high(80),
        controller_busy_time_lo: low(96),
        controller_busy_time_hi: high(96),
        power_cycles_lo: low(112),
        power_cycles_hi: high(112),
        power_on_hours_lo: low(128),
        power_on_hours_hi: high(128),
        unsafe_shutdowns_lo: low(144),
        unsafe_shutdowns_hi: high(144),
        media_errors_lo: low(160),
        media_errors_hi: high(160),
        number_of_error_log_entries_lo: low(176),
        number_of_error_log_entries_hi: high(176),
        r#type: DiskBusType::Nvme,
    }
}

/// `N` bytes of the log; zero where it has none.
fn bytes<const N: usize>(log: &Log, place: usize) -> [u8; N] {
    log.get(place..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_from_their_places_in_the_log() {
        let log: Log = std::array::from_fn(|place| u8::try_from(place % 256).unwrap());
        let told = parse(&log);
        assert_eq!((told.critical_warning, told.temperature, told.percentage_used), (0, 0x0201, 5));
        assert_eq!((told.available_spare, told.available_spare_threshold), (3, 4));
        assert_eq!(told.data_units_read_lo, 0x2726_2524_2322_2120);
        assert_eq!(told.data_units_read_hi, 0x2F2E_2D2C_2B2A_2928);
        assert_eq!(told.number_of_error_log_entries_lo, 0xB7B6_B5B4_B3B2_B1B0);
        assert_eq!(told.number_of_error_log_entries_hi, 0xBFBE_BDBC_BBBA_B9B8);
    }
}
