"""The numbers that say how a gain map is applied, as Ultra HDR 1.1 (XMP) and ISO 21496-1 (Annex C) have them."""

import re
from typing import Final

from .file import number

XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
ISO: Final = b"urn:iso:std:iso:ts:21496:-1\0"
_HDRGM: Final = b"http://ns.adobe.com/hdr-gain-map/1.0/"

#: Ultra HDR 1.1, "HDR gain map metadata": numbers, one for all channels or one for each.
_NAMES: Final = (
    b"GainMapMin",
    b"GainMapMax",
    b"Gamma",
    b"OffsetSDR",
    b"OffsetHDR",
    b"HDRCapacityMin",
    b"HDRCapacityMax",
)
#: White space of Latin-1, as JavaScript has it: page and server must read the same.
_SPACE: Final = b"\t\n\v\f\r \xa0"
_NUMBER: Final = re.compile(rb"[-+]?(\d++(\.\d*+)?|\.\d++)(e[-+]?\d++)?", re.IGNORECASE)
_YES_OR_NO: Final = re.compile(rb"true|false", re.IGNORECASE)
_PREFIX: Final = re.compile(rb"xmlns:([\w-]+)[%s]*=[%s]*[\"']%s[\"']" % (_SPACE, _SPACE, re.escape(_HDRGM)))
_ITEM: Final = re.compile(rb"<rdf:li[%s]*>([^<]*)</rdf:li[%s]*>" % (_SPACE, _SPACE))


def xmp_parameters(packet: bytes) -> list[bytes]:
    """Read the numbers of an XMP packet, and write them as a segment; none where they are no numbers."""
    found = _PREFIX.search(packet)
    if not found:
        return []
    prefix = found[1]
    version = _values(packet, prefix, b"Version")[:1]
    if not version or not _NUMBER.fullmatch(version[0]):
        return []
    attributes = [b'hdrgm:Version="%s"' % version[0]]
    elements = []
    for name in _NAMES:
        values = _values(packet, prefix, name)
        if not all(map(_NUMBER.fullmatch, values)):
            return []
        if len(values) == 1:
            attributes.append(b'hdrgm:%s="%s"' % (name, values[0]))
        if len(values) == 3:
            items = b"".join(b"<rdf:li>%s</rdf:li>" % value for value in values)
            elements.append(b"<hdrgm:%s><rdf:Seq>%s</rdf:Seq></hdrgm:%s>" % (name, items, name))
    is_hdr = _values(packet, prefix, b"BaseRenditionIsHDR")[:1]
    if is_hdr and _YES_OR_NO.fullmatch(is_hdr[0]):
        attributes.append(b'hdrgm:BaseRenditionIsHDR="%s"' % is_hdr[0])
    # A version only says that there is a gain map.
    if len(attributes) + len(elements) == 1:
        return []
    return [segment(0xE1, XMP, _description(b"", b" ".join(attributes), b"".join(elements)))]


def _values(packet: bytes, prefix: bytes, name: bytes) -> list[bytes]:
    """Return the values of a property: of an attribute, of an element, or of the items in it."""
    name = re.escape(prefix + b":" + name)
    attribute = re.search(
        rb"[%s]%s[%s]*=[%s]*(?:\"([^\"\n\r]*)\"|'([^'\n\r]*)')" % (_SPACE, name, _SPACE, _SPACE), packet
    )
    if attribute:
        return [(attribute[1] if attribute[1] is not None else attribute[2]).strip(_SPACE)]
    start = re.search(rb"<%s[%s]*>" % (name, _SPACE), packet)
    end = start and re.compile(rb"</%s[%s]*>" % (name, _SPACE)).search(packet, start.end())
    if not start or not end:
        return []
    element = packet[start.end() : end.start()]
    return [item.strip(_SPACE) for item in _ITEM.findall(element)] or [element.strip(_SPACE)]


def iso_parameters(body: bytes) -> list[bytes]:
    """Read ISO 21496-1 (C.2.2): versions, flags, two headrooms, and for one channel or three five fractions each."""
    if len(body) < 5:
        return []
    flags = body[4]
    channels = 3 if flags & 0x80 else 1
    # One denominator for all numbers, or one for each.
    length = 5 + 4 + 2 * 4 + channels * 5 * 4 if flags & 0x08 else 5 + 2 * 8 + channels * 5 * 8
    return [] if len(body) < length else [segment(0xE2, ISO, body[:length])]


def segment(marker: int, name: bytes, body: bytes) -> bytes:
    """Write a segment of a JPEG: its marker, its length, its name and its body."""
    return bytes((0xFF, marker)) + number(2 + len(name) + len(body), 2) + name + body


def _description(namespaces: bytes, attributes: bytes, elements: bytes) -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:hdrgm="%s"%s %s>%s</rdf:Description></rdf:RDF></x:xmpmeta>'
        % (_HDRGM, namespaces, attributes, elements)
    )


def directory(length: int) -> bytes:
    """Write which pictures there are, and how long the second is: Ultra HDR 1.1, "GContainer"."""
    google = b"http://ns.google.com/photos/1.0/container/"
    item = b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" %s/></rdf:li>'
    primary, gains = b'Item:Semantic="Primary"', b'Item:Semantic="GainMap" Item:Length="%d"' % length
    return _description(
        b' xmlns:Container="%s" xmlns:Item="%sitem/"' % (google, google),
        b'hdrgm:Version="1.0"',
        b"<Container:Directory><rdf:Seq>%s%s</rdf:Seq></Container:Directory>" % (item % primary, item % gains),
    )
