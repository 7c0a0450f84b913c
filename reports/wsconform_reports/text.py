"""Text from outside, made fit to be shown; names of anchors, folders and commands."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable

# C0, DEL, C1; what reverses or hides text; what XML 1.0 and UTF-8 cannot carry.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)

_CUT = re.compile(r"… \([\d,]+ characters in all\)$")


def visible(text: str) -> str:
    """The text with every character that a reader (or an XML parser) cannot see written out: \\x1b, \\u202e."""

    def spell(match: re.Match[str]) -> str:
        code = ord(match[0])
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return _UNSEEN.sub(spell, text)


def clip(text: str, limit: int = 600) -> str:
    """At most about limit characters, saying how many there were."""
    cut = _CUT.search(text)  # it was cut before
    if len(text) - (len(cut[0]) if cut else 0) <= limit:
        return text
    return text[:limit] + (cut[0] if cut else f"… ({len(text):,} characters in all)")


def anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """An id for each name: prefix-name, without what a URL or an attribute would mangle. Where that makes two names
    one, both get a hash, so that an anchor does not depend on the order of the names."""
    plain = {
        name: f"{prefix}-" + (re.sub(r"[^A-Za-z0-9._/()\[\]=+-]+", "_", name).strip("_")[:160] or "_") for name in names
    }
    seen: dict[str, int] = {}
    for anchor in plain.values():
        seen[anchor.lower()] = seen.get(anchor.lower(), 0) + 1
    return {
        name: anchor if seen[anchor.lower()] == 1 else f"{anchor}~{hashlib.sha1(_bytes(name)).hexdigest()[:8]}"
        for name, anchor in plain.items()
    }


def folder_name(name: str) -> str:
    """A name for a folder on any file system; never empty, hidden, or one with a meaning."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:80] or "target"


def folder_names(names: list[tuple[str, str]]) -> list[str]:
    """Folder names for targets given as (name, arch): the name alone, with more where that is not unique."""
    out: list[str] = []
    for name, arch in names:
        candidates = [folder_name(name), f"{folder_name(name)}-{folder_name(arch)}"]
        candidates += [f"{candidates[1]}-{n}" for n in range(2, len(names) + 2)]
        taken = {folder.lower() for folder in out} | {"index.html", "junit.xml", "summary.md", "manifest.json"}
        out.append(next(c for c in candidates if c.lower() not in taken))
    return out


def split_id(case_id: str) -> tuple[str, str]:
    """A case id as (file, name) by its look alone: the last slash outside the row in brackets parts them."""
    head = case_id.split("[", 1)[0]
    cut = head.rfind("/")
    return (case_id[:cut], case_id[cut + 1 :]) if cut >= 0 else ("", case_id)


def rerun_command(case_id: str, *options: str) -> str:
    """The shell command that runs this one case again."""
    return " ".join(["./wsconform run", *(shlex.quote(visible(word)) for word in (*options, case_id))])


def repro_command(case_id: str, *options: str) -> str:
    """The shell command that writes a C program which shows the deviation."""
    return " ".join(["./wsconform repro", *(shlex.quote(visible(word)) for word in (*options, case_id))])


#: What the executor adds to an answer and no answer stands or falls with.
_ADDITIONAL = re.compile(r" (max_msg \d+|partial|no_oob|unwanted|unforeseen)\b")


def gist(observed: str, ok: bool) -> str:
    """An answer for a table in which many are counted: without what does not matter there. What may be why it
    is not allowed stays."""
    short = _ADDITIONAL.sub("", observed)
    if re.match(r"SOCKET_ERROR (?!WSA_IO_PENDING)", short):  # of *lpNumberOfBytesSent the document says nothing then
        short = re.sub(r" (sent untouched|event unset)\b", "", short)
    if ok:
        short = re.sub(r"^0 sent \d+$", "0", re.sub(r" (event (un)?set|sent untouched)\b", "", short))
    return short


def arguments(call: str) -> tuple[str, list[str]]:
    """Verb and arguments of a call as printed: "a, b = F(x, [1, 2])" gives ("F", ["x", "[1, 2]"]); ("", []) if it is
    no call."""
    match = re.match(r"(?:[A-Za-z_]\w*:\s*)?(?:[^()\[\]=]*=\s*)?([A-Za-z_]\w*)\((.*)", call, re.S)
    if not match:
        return "", []
    parts, depth, start, rest, quoted = [], 0, 0, match[2], False
    for i, c in enumerate(rest):
        if c == '"' and (i == 0 or rest[i - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif c in "([":
            depth += 1
        elif c in ")]" and depth:
            depth -= 1
        elif c == "," and not depth:
            parts.append(rest[start:i].strip())
            start = i + 1
        elif c == ")":
            parts.append(rest[start:i].strip())
            return match[1], [] if parts == [""] else parts
    return match[1], []


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
