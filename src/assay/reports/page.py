"""What the self-contained pages share: how templates are read, and how they look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

__all__ = ["page"]

_STYLE: Final = """\
:root{color-scheme:light;--ink:#1b1b1b;--soft:#5a5a5a;--line:#d5d5d5;--pale:#f5f5f2}
*{box-sizing:border-box}body{margin:0 auto;max-width:1060px;padding:1.2rem;font:15px/1.5 system-ui,sans-serif;\
color:var(--ink);background:#fff}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .5rem;border-top:1px solid var(--line);\
padding-top:1rem}
p,li{max-width:75ch}.soft{color:var(--soft)}.day{white-space:nowrap}.num{text-align:right;\
font-variant-numeric:tabular-nums;white-space:nowrap}
.synthetic,.assumed{border:3px solid #a50f15;background:#fff4f2;padding:.6rem 1rem;margin:.6rem 0}\
.assumed{border-color:#e08214;background:#fff8ec}
.lead{background:var(--pale);padding:.6rem 1rem;margin:.8rem 0}.lead p{margin:.25rem 0}\
.lead p:first-child{font-size:1.15rem;font-weight:600}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.87rem}th,td{text-align:left;\
vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid var(--line)}
th{background:var(--pale)}.scroll{overflow-x:auto}.mark{display:inline-block;width:.75em;height:.75em;\
margin-right:.35em;border:1px solid #0003}
svg{width:100%;height:auto;margin:.6rem 0}code{font-size:.9em;overflow-wrap:anywhere}details{margin:.5rem 0}\
summary{cursor:pointer;font-weight:600}"""


def page(template: str, **filters: Callable[..., str]) -> Template:
    """A page's template, from its text: what is filled in is escaped, what is missing raises; `style` is the look."""
    world = Environment(
        loader=DictLoader({"page": template}), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    world.filters.update(number=lambda value: f"{value:,}", **filters)
    world.globals["style"] = Markup(_STYLE)
    return world.get_template("page")
