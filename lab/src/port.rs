//! Pulling the agent's port out of a running guest, and plugging it in again.

use crate::{guest::Guest, layout};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

impl Guest {
    /// Pulls the agent's port, and waits until QEMU has no more use for it.
    pub fn unplug_agent_port(&mut self) -> Result<()> {
        self.qmp("device_del", json!({ "id": "agent-port" }))?;
        while self.wait_for_event("DEVICE_DELETED")?.get("device") != Some(&json!("agent-port")) {}
        Ok(())
    }

    /// Plugs the port that every guest begins with.
    pub fn plug_agent_port(&mut self) -> Result<()> {
        self.qmp("device_add", properties(layout::AGENT_PORT)?)?;
        Ok(())
    }
}

/// What follows `-device` on QEMU's command line, as its control channel wants it.
fn properties(device: &str) -> Result<Value> {
    let (driver, rest) = device.split_once(',').context("a device without properties")?;
    let mut properties = Map::from_iter([("driver".to_owned(), driver.into())]);
    for property in rest.split(',') {
        let (name, value) = property.split_once('=').with_context(|| format!("{property} has no value"))?;
        let value = value.parse::<u32>().map_or_else(|_| value.into(), Value::from);
        properties.insert(name.to_owned(), value);
    }
    Ok(properties.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_numbers_where_they_look_like_it() {
        let expected = json!({ "driver": "port", "nr": 1, "name": "agent.0" });
        assert_eq!(properties("port,nr=1,name=agent.0").unwrap(), expected);
    }
}
