//! Clients written in Python.

use anyhow::Result;

#[test]
fn qemus_own_library_is_served() -> Result<()> {
    qga_clients::python("qmp_client.py", &qga_clients::agent()?)
}

#[test]
fn avocado_vt_is_served() -> Result<()> {
    qga_clients::python("avocado_client.py", &qga_clients::agent()?)
}
