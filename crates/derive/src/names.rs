//! Names and texts as the attributes of an item give them.

use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Result};

/// How serde spells the names below an item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    AsWritten,
    Kebab,
    Lower,
}

impl Spelling {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Spelling> {
        let Some(rule) = serde_value(attributes, "rename_all")? else { return Ok(Spelling::AsWritten) };
        match rule.value().as_str() {
            "kebab-case" => Ok(Spelling::Kebab),
            "lowercase" => Ok(Spelling::Lower),
            _ => Err(syn::Error::new(rule.span(), "expected \"kebab-case\" or \"lowercase\"")),
        }
    }

    pub(crate) fn member(self, name: &str) -> String {
        match self {
            Spelling::AsWritten => name.to_owned(),
            Spelling::Kebab => name.replace('_', "-"),
            Spelling::Lower => name.to_lowercase(),
        }
    }

    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Spelling::AsWritten => name.to_owned(),
            Spelling::Kebab => kebab(name),
            Spelling::Lower => name.to_lowercase(),
        }
    }
}

/// The `PascalCase` name of a wire name: `guest-file-open` is `FileOpen`.
pub(crate) fn pascal(wire_name: &str) -> String {
    let (_, words) = wire_name.rsplit_once('_').unwrap_or(("", wire_name));
    let words = words.strip_prefix("guest-").unwrap_or(words);
    words.split('-').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn kebab(pascal: &str) -> String {
    let mut spelled = String::new();
    for letter in pascal.chars() {
        if letter.is_uppercase() && !spelled.is_empty() {
            spelled.push('-');
        }
        spelled.extend(letter.to_lowercase());
    }
    spelled
}

/// The doc comment of an item as one text, paragraphs kept.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The text of `#[serde(key = "text")]`.
pub(crate) fn serde_value(attributes: &[Attribute], key: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    each_serde(attributes, |meta| {
        if meta.path.is_ident(key) {
            found = Some(meta.value()?.parse()?);
        } else if meta.input.peek(syn::Token![=]) {
            meta.value()?.parse::<Expr>()?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whether `#[serde(flag)]` is there.
pub(crate) fn serde_flag(attributes: &[Attribute], flag: &str) -> Result<bool> {
    let mut found = false;
    each_serde(attributes, |meta| {
        found |= meta.path.is_ident(flag);
        if meta.input.peek(syn::Token![=]) {
            meta.value()?.parse::<Expr>()?;
        }
        Ok(())
    })?;
    Ok(found)
}

fn each_serde(
    attributes: &[Attribute],
    mut visit: impl FnMut(&syn::meta::ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let mut serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    serde.try_for_each(|attribute| attribute.parse_nested_meta(|meta| visit(&meta)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_on_the_wire() {
        assert_eq!(Spelling::Kebab.member("buf_b64"), "buf-b64");
        assert_eq!(Spelling::Kebab.variant("FileBackedVirtual"), "file-backed-virtual");
        assert_eq!(Spelling::Lower.variant("NVMe"), "nvme");
        assert_eq!(pascal("guest-fsfreeze-freeze-list"), "FsfreezeFreezeList");
        assert_eq!(pascal("__org.qga_freeze-report"), "FreezeReport");
    }
}
