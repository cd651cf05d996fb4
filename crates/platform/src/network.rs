//! Interfaces and routes, as the kernel tells them (compat.md C.11).

mod interfaces;
mod routes;

pub use interfaces::interfaces;
pub use routes::routes;

use std::net::{Ipv4Addr, Ipv6Addr};

/// The text of an address as `inet_ntop(3)` gives it: an IPv4 address inside is written as one.
fn ipv6_text(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            format!("::{}", Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::ipv6_text;

    #[test]
    fn addresses_are_spelled_like_the_c_library_does() {
        for text in
            ["::", "::1", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0.0.0.0", "2001:db8:0:1::2", "1:0:2:3::"]
        {
            assert_eq!(ipv6_text(text.parse().unwrap()), text);
        }
    }
}
