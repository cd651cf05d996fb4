//! Finding a name that occurs twice in an object.

use super::node::{Entry, Kind, Members, Node};
use std::{collections::HashSet, hash::BuildHasher};

/// Up to so many names are compared one by one, which needs no memory; almost every object is that small.
const FEW: usize = 8;

/// The names of an object that is being read.
#[derive(Debug, Default)]
pub(super) struct Keys {
    count: usize,
    /// The hashes of all of them once they are more than [`FEW`], so that many names take no longer each than
    /// few.
    many: HashSet<u64>,
}

impl Keys {
    /// Adds the name of the object's last member: `members` holds the entries of all members before, `name`
    /// begins with that of the name. Answers whether it is there already.
    pub(super) fn repeats(&mut self, bytes: &[u8], members: &[Entry], name: &[Entry]) -> bool {
        let Kind::String(name) = Node::new(bytes, name).kind() else { return false };
        let mut before = Members::new(bytes, members).map(|(name, _)| name);
        self.count += 1;
        if self.count <= FEW {
            return before.any(|known| known == name);
        }
        if self.many.is_empty() {
            let hashes: Vec<u64> = before.clone().map(|name| self.many.hasher().hash_one(name)).collect();
            self.many.extend(hashes);
        }
        let hash = self.many.hasher().hash_one(&name);
        // Two names may have one hash, if hardly ever.
        !self.many.insert(hash) && before.any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use crate::json::Parser;

    fn object(names: impl Iterator<Item = usize>) -> String {
        let members: Vec<String> = names.map(|name| format!("'{name}': ['x']")).collect();
        format!("{{{}}}", members.join(", "))
    }

    fn is_read(text: &str) -> bool {
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        parser.next().unwrap().is_ok()
    }

    #[test]
    fn a_repeated_name_is_found_wherever_it_stands() {
        for count in 1..20 {
            assert!(is_read(&object(0..count)), "{count}");
            for repeated in 0..count {
                assert!(!is_read(&object((0..count).chain([repeated]))), "{repeated} of {count}");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_names_are_no_burden() {
        let start = std::time::Instant::now();
        assert!(is_read(&object(0..100_000)));
        assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
    }
}
