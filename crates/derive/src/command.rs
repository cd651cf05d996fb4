//! `#[derive(Command)]`.

use crate::names::{doc, pascal};
use crate::schema;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error, Ident, LitStr, Result, Type};

#[derive(Default)]
struct Declared {
    name: Option<LitStr>,
    since: Option<LitStr>,
    returns: Option<Type>,
    effect: Option<Ident>,
    while_frozen: bool,
    silent: bool,
    passive: bool,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let declared = Declared::read(input)?;
    let name = required(declared.name, "name")?;
    if input.ident != pascal(&name.value()) {
        let text = format!("a command is named after its wire name: expected `{}`", pascal(&name.value()));
        return Err(Error::new_spanned(&input.ident, text));
    }
    let doc = doc(&input.attrs);
    if doc.is_empty() {
        return Err(Error::new_spanned(&input.ident, "say what the command does"));
    }
    let since = required(declared.since, "since")?;
    let effect = required(declared.effect, "effect")?;
    let returns = declared.returns.map_or_else(|| quote!(::qga_wire::Empty), |kind| quote!(#kind));
    let (while_frozen, silent, passive) = (declared.while_frozen, declared.silent, declared.passive);
    let (ident, arguments, telling) = (&input.ident, schema::object(input)?, schema::telling(input)?);
    Ok(quote! {
        impl ::qga_wire::Command for #ident {
            type Returns = #returns;
            const DECLARATION: ::qga_wire::Declaration = ::qga_wire::Declaration {
                name: #name,
                doc: #doc,
                since: #since,
                effect: ::qga_wire::Effect::#effect,
                while_frozen: #while_frozen,
                silent: #silent,
                passive: #passive,
                arguments: &#arguments,
                returns: <#returns as ::qga_wire::schema::Schema>::TYPE,
            };

            fn tell(&self, _told: &mut ::qga_wire::audit::Told) {
                #(#telling)*
            }
        }
    })
}

impl Declared {
    fn read(input: &DeriveInput) -> Result<Declared> {
        let mut declared = Declared::default();
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                let key = meta.path.require_ident()?.to_string();
                match key.as_str() {
                    "name" => declared.name = Some(meta.value()?.parse()?),
                    "since" => declared.since = Some(meta.value()?.parse()?),
                    "returns" => declared.returns = Some(meta.value()?.parse()?),
                    "effect" => declared.effect = Some(meta.value()?.parse()?),
                    "while_frozen" => declared.while_frozen = true,
                    "silent" => declared.silent = true,
                    "passive" => declared.passive = true,
                    _ => return Err(meta.error("unknown key")),
                }
                Ok(())
            })?;
        }
        Ok(declared)
    }
}

fn required<T>(value: Option<T>, key: &str) -> Result<T> {
    value.ok_or_else(|| Error::new(Span::call_site(), format!("#[command({key} = ...)] is missing")))
}
