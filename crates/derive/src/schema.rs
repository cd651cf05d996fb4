//! `#[derive(Schema)]`.

use crate::names::{Spelling, doc, serde_flag, serde_value};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Field, Fields, LitStr, Result, Variant};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let kind = match &input.data {
        Data::Struct(_) => {
            let object = object(input)?;
            quote!(::qga_wire::schema::Type::Object(&#object))
        }
        Data::Enum(choices) if choices.variants.iter().all(|variant| variant.fields.is_empty()) => {
            enumeration(input, choices)?
        }
        Data::Enum(choices) => choice_of_types(input, choices)?,
        Data::Union(_) => return Err(Error::new_spanned(input, "a union has no place on the wire")),
    };
    let name = &input.ident;
    Ok(quote! {
        impl ::qga_wire::schema::Schema for #name {
            const TYPE: ::qga_wire::schema::Type = #kind;
        }
    })
}

/// The description of a struct with named members, in the order of their declaration.
pub(crate) fn object(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(input, "expected a struct with named members"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(input, "expected a struct with named members"));
    };
    let spelling = Spelling::of(&input.attrs)?;
    let members = fields.named.iter().map(|field| member(field, spelling)).collect::<Result<Vec<_>>>()?;
    let (name, doc) = (input.ident.to_string(), doc(&input.attrs));
    Ok(quote!(::qga_wire::schema::Object { name: #name, doc: #doc, members: &[#(#members),*] }))
}

/// A statement for each member that has `_told` tell as much of it as is declared.
pub(crate) fn telling(input: &DeriveInput) -> Result<Vec<TokenStream>> {
    let spelling = Spelling::of(&input.attrs)?;
    let Data::Struct(data) = &input.data else { return Ok(Vec::new()) };
    let tell = |field: &Field| {
        let (ident, name) = (&field.ident, wire_name(field, spelling)?);
        let method = match Logged::of(field)? {
            Logged::Size => quote!(size),
            Logged::Names => quote!(names),
            Logged::Whole => quote!(whole),
        };
        Ok(quote_spanned!(field.span() => _told.#method(#name, &self.#ident);))
    };
    data.fields.iter().map(tell).collect()
}

fn wire_name(field: &Field, spelling: Spelling) -> Result<String> {
    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let renamed = serde_value(&field.attrs, "rename")?.map(|name| name.value());
    Ok(renamed.unwrap_or_else(|| spelling.member(ident.trim_start_matches("r#"))))
}

/// How much of an argument an audit record tells.
#[derive(Clone, Copy)]
enum Logged {
    Size,
    Names,
    Whole,
}

impl Logged {
    fn of(field: &Field) -> Result<Logged> {
        let mut logged = Logged::Size;
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("command")) {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("logged") {
                    return Err(meta.error("unknown key"));
                }
                let part: Option<LitStr> =
                    meta.input.peek(syn::Token![=]).then(|| meta.value()?.parse()).transpose()?;
                logged = match part.map(|part| part.value()).as_deref() {
                    None => Logged::Whole,
                    Some("names") => Logged::Names,
                    Some(_) => return Err(meta.error("expected \"names\"")),
                };
                Ok(())
            })?;
        }
        Ok(logged)
    }
}

fn member(field: &Field, spelling: Spelling) -> Result<TokenStream> {
    let name = wire_name(field, spelling)?;
    let (kind, doc) = (&field.ty, doc(&field.attrs));
    let logged = match Logged::of(field)? {
        Logged::Size => quote!(Size),
        Logged::Names => quote!(Names),
        Logged::Whole => quote!(Whole),
    };
    if doc.is_empty() {
        return Err(Error::new_spanned(field, "say what this member is: readers of the reference see it"));
    }
    Ok(quote!(::qga_wire::schema::Member {
        name: #name,
        doc: #doc,
        kind: <#kind as ::qga_wire::schema::Schema>::TYPE,
        optional: <#kind as ::qga_wire::schema::Schema>::OPTIONAL,
        logged: ::qga_wire::audit::Logged::#logged,
    }))
}

fn enumeration(input: &DeriveInput, choices: &DataEnum) -> Result<TokenStream> {
    let spelling = Spelling::of(&input.attrs)?;
    let values =
        choices.variants.iter().map(|variant| value(variant, spelling)).collect::<Result<Vec<_>>>()?;
    let (name, doc) = (input.ident.to_string(), doc(&input.attrs));
    Ok(quote!(::qga_wire::schema::Type::Enum(&::qga_wire::schema::Enum {
        name: #name,
        doc: #doc,
        values: &[#(#values),*],
    })))
}

fn value(variant: &Variant, spelling: Spelling) -> Result<TokenStream> {
    let renamed = serde_value(&variant.attrs, "rename")?.map(|name| name.value());
    let name = renamed.unwrap_or_else(|| spelling.variant(&variant.ident.to_string()));
    let doc = doc(&variant.attrs);
    Ok(quote!(::qga_wire::schema::Value { name: #name, doc: #doc }))
}

/// An enum whose variants carry one type each: told apart by the value itself (`untagged`), or by a member.
fn choice_of_types(input: &DeriveInput, choices: &DataEnum) -> Result<TokenStream> {
    let spelling = Spelling::of(&input.attrs)?;
    let tag = match serde_value(&input.attrs, "tag")? {
        Some(tag) => quote!(Some(#tag)),
        None if serde_flag(&input.attrs, "untagged")? => quote!(None),
        None => return Err(Error::new_spanned(input, "expected serde's `tag` or `untagged`")),
    };
    let branches = choices.variants.iter().map(|variant| {
        let name = spelling.variant(&variant.ident.to_string());
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let kind = fields.unnamed.iter().map(|field| &field.ty);
                Ok(quote!((#name, #(<#kind as ::qga_wire::schema::Schema>::TYPE)*)))
            }
            Fields::Unit => Ok(quote!((#name, ::qga_wire::schema::Type::Empty))),
            _ => Err(Error::new_spanned(variant, "expected a variant of one type")),
        }
    });
    let branches = branches.collect::<Result<Vec<_>>>()?;
    let (name, doc) = (input.ident.to_string(), doc(&input.attrs));
    Ok(quote!(::qga_wire::schema::Type::Choice(&::qga_wire::schema::Choice {
        name: #name,
        doc: #doc,
        tag: #tag,
        branches: &[#(#branches),*],
    })))
}
