"""The 48 departments: their names, their systems and what their data are about. Invented, but for their number.

``departments.yaml`` lists them. A system is written ``name/flags``:

* ``i`` faces the internet, ``p`` personal data, ``2`` or ``3`` its level, ``G`` important data, ``h`` round the
  clock, ``m`` month-end peaks, ``v`` bulky data;
* ``s``, ``r``, ``c`` built by the state, the region, the municipality, and then ``S`` run by the superior, ``F`` a
  front end on site, ``L`` run on site;
* ``d`` dongle, ``k`` crypto card, ``n`` special interface, ``o`` real time on site;
* ``u`` duplicates a unified platform, ``z`` nobody uses it any more, ``C`` classified, ``w`` the department refuses;
* ``e`` has an exchange node, ``g`` is a management tool, ``b`` a backup tool.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import yaml

from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.names import PEOPLE


@dataclass(frozen=True)
class Department:
    """A department as the generator knows it: rooms, weight of further systems, own systems, subjects of data."""

    name: str
    short: str
    superior: str
    rooms: int
    weight: int
    systems: tuple[str, ...]
    subjects: tuple[str, ...]


REFUSING = {
    "公安局": "公安业务数据按上级规定在公安专网内管理，未经上级批准不得迁出",
    "卫生健康委员会": "健康档案涉及大量个人信息，数据安全和使用范围的责任尚未明确，暂不同意迁移",
}
UNDECIDED = {
    "财政局": "等待上级对一体化系统部署方式的意见",
    "自然资源局": "担心测绘成果的使用范围难以保障",
    "税务局": "按垂直管理要求需请示上级",
}


def _read() -> tuple[Department, ...]:
    text = files(__package__).joinpath("departments.yaml").read_text("utf-8")
    listed = yaml.load(text, Loader=yaml.CSafeLoader)
    return tuple(Department(**d | {"systems": tuple(d["systems"]), "subjects": tuple(d["subjects"])}) for d in listed)


DEPARTMENTS: tuple[Department, ...] = _read()


def code_of(number: int) -> str:
    """Id of the department with that place in the list (from 0)."""
    return f"D{number + 1:02d}"


def department_rows(seed: int) -> list[dict[str, object]]:
    """Make the table ``departments``."""
    draw = Draw(seed, "departments")
    contacts = draw.shuffled([PEOPLE[n % len(PEOPLE)] for n in range(len(DEPARTMENTS))])
    rows: list[dict[str, object]] = []
    for number, (department, contact) in enumerate(zip(DEPARTMENTS, contacts, strict=True)):
        reason = REFUSING.get(department.name) or UNDECIDED.get(department.name)
        opinion = "refuses" if department.name in REFUSING else "undecided" if reason else "agrees"
        rows.append(
            {
                "department": code_of(number),
                "name": f"乌审旗{department.name}" if not department.name.startswith("生态") else department.name,
                "short_name": department.short,
                "superior": department.superior,
                "contact": contact,
                "opinion": opinion,
                "opinion_reason": reason,
            }
        )
    return rows
