//! How serde walks through lists, objects and words.

use super::{ArgumentError, Decoder, Place};
use crate::json;
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Error as _, IntoDeserializer, Visitor};
use std::borrow::Cow;

/// The elements of a list.
pub(super) struct List<'de, 'p> {
    elements: std::iter::Enumerate<json::Elements<'de>>,
    decoder: Decoder<'de, 'p>,
}

impl<'de, 'p> List<'de, 'p> {
    pub(super) fn new(elements: json::Elements<'de>, decoder: Decoder<'de, 'p>) -> List<'de, 'p> {
        List { elements: elements.enumerate(), decoder }
    }
}

impl<'de> de::SeqAccess<'de> for List<'de, '_> {
    type Error = ArgumentError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ArgumentError> {
        let Some((index, node)) = self.elements.next() else { return Ok(None) };
        let path = self.decoder.path.element(index);
        seed.deserialize(Decoder { place: Place::Value(node), unknown: self.decoder.unknown, path }).map(Some)
    }
}

/// The members of an object as a type declares them: in its order, absent ones included.
pub(super) struct Members<'de, 'p> {
    sent: Option<json::Members<'de>>,
    fields: std::slice::Iter<'static, &'static str>,
    current: &'static str,
    decoder: Decoder<'de, 'p>,
}

impl<'de, 'p> Members<'de, 'p> {
    pub(super) fn new(
        sent: Option<json::Members<'de>>,
        fields: &'static [&'static str],
        decoder: Decoder<'de, 'p>,
    ) -> Members<'de, 'p> {
        Members { sent, fields: fields.iter(), current: "", decoder }
    }
}

impl<'de> de::MapAccess<'de> for Members<'de, '_> {
    type Error = ArgumentError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ArgumentError> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.current = field;
        let name: StrDeserializer<'static, ArgumentError> = (*field).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ArgumentError> {
        let found = self.sent.clone().into_iter().flatten().find(|(name, _)| name == self.current);
        let place = found.map_or(Place::Absent, |(_, node)| Place::Value(node));
        let path = self.decoder.path.member(self.current);
        seed.deserialize(Decoder { place, unknown: self.decoder.unknown, path })
    }
}

/// The members of an object that may have any.
pub(super) struct Map<'de, 'p> {
    members: json::Members<'de>,
    current: Option<(Cow<'de, str>, json::Node<'de>)>,
    decoder: Decoder<'de, 'p>,
}

impl<'de, 'p> Map<'de, 'p> {
    pub(super) fn new(members: json::Members<'de>, decoder: Decoder<'de, 'p>) -> Map<'de, 'p> {
        Map { members, current: None, decoder }
    }
}

impl<'de> de::MapAccess<'de> for Map<'de, '_> {
    type Error = ArgumentError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ArgumentError> {
        self.current = self.members.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        let name: StrDeserializer<'_, ArgumentError> = name.as_ref().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ArgumentError> {
        let Some((name, node)) = self.current.take() else {
            return Err(ArgumentError::custom("a value without its name"));
        };
        let path = self.decoder.path.member(&name);
        seed.deserialize(Decoder { place: Place::Value(node), unknown: self.decoder.unknown, path })
    }
}

/// A word that names a variant.
pub(super) struct Enumerated<'w> {
    word: &'w str,
}

impl<'w> Enumerated<'w> {
    pub(super) fn new(word: &'w str) -> Enumerated<'w> {
        Enumerated { word }
    }
}

impl<'de> de::EnumAccess<'de> for Enumerated<'_> {
    type Error = ArgumentError;
    type Variant = OnlyUnit;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, OnlyUnit), ArgumentError> {
        let word: StrDeserializer<'_, ArgumentError> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, OnlyUnit))
    }
}

/// A variant that is a word and nothing else.
pub(super) struct OnlyUnit;

impl<'de> de::VariantAccess<'de> for OnlyUnit {
    type Error = ArgumentError;

    fn unit_variant(self) -> Result<(), ArgumentError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, ArgumentError> {
        Err(ArgumentError::custom("a word carries no value"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, ArgumentError> {
        Err(ArgumentError::custom("a word carries no value"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        Err(ArgumentError::custom("a word carries no value"))
    }
}
