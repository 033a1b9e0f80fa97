"""The target design: zones and the matrix between them, targets, pools, host types and flavors.

Zones and matrix follow what is publicly said of e-government extranets; each entry carries how well founded it is.
Pools, sizes and prices are invented.
"""

from __future__ import annotations

from cloudplan.inventory.sample.rooms import CENTRE, OPENS

Row = dict[str, object]

_ZONES = """
EXT|互联网（外部）|public internet|0||0|1
IZ|互联网接入区|internet access zone|1|web;proxy|0|1
PUB|公用网络区|extranet common zone|1|web;app;db|0|0
VPN|专用网络区（部门VPN）|department VPN zone|1|web;app;db|1|0
XCH|数据交换区|exchange zone|1|exchange|0|0
MGT|安全管理区|management zone|1|management|0|0
BAK|灾备区|backup zone|1|backup|0|0
VERT|垂直业务专网|vertical network|0||0|0
LAN|部门局域网|department LAN|0||0|0
NW|政务内网（涉密）|classified intranet|0||0|0
"""

_MATRIX = """
EXT|=d|A:firewall;waf S|-S|-S|-d|-m|-d|-d|-d|-S
IZ|A:firewall d|=d|X:gap:DATA;FILE;REQRESP S|-d|X:gap:DATA;FILE S|-d|-d|-d|-d|-S
PUB|-T|X:gap:DATA;FILE S|=d|A:firewall m|A:firewall m|-d|A:firewall d|X:gap:DATA;FILE m|A:firewall m|-S
VPN|-S|-d|A:firewall m|=S|A:firewall m|-d|A:firewall d|X:gap:DATA;FILE m|A:firewall m|-S
XCH|-d|X:gap:DATA;FILE S|A:firewall m|A:firewall m|=d|-d|A: d|X:gap:DATA;FILE m|-d|-S
MGT|-d|A:bastion;firewall m|A:bastion;firewall m|A:bastion;firewall m|A: m|=d|A: m|-m|-d|-S
BAK|-d|-d|-d|-d|-d|-d|=d|-d|-d|-S
VERT|-d|-d|X:gap:DATA;FILE m|X:gap:DATA;FILE m|X:gap:DATA;FILE m|-d|-d|=d|A: m|-S
LAN|A:firewall S|A:firewall m|A:firewall S|A:firewall S|-d|-m|-d|A: m|=d|-S
NW|-S|-S|-S|-S|-S|-S|-S|-S|-S|=d
"""
"""Row: who initiates. ``=`` the same zone, ``A`` allowed through devices, ``X`` by exchange of some kinds, ``-``
denied; then the mark of the evidence."""

THROUGHPUT = {"A": 4000.0, "X": 1000.0, "=": None, "-": None}
MODES = {"A": "allow", "X": "exchange", "=": "allow", "-": "deny"}

_TARGETS = """
T-BANNER|旗级资源池|the banner's pool|banner_pool|4|1
T-COLO|融合交互中心托管|colocation in the centre|colocation|24|24
T-CITY|鄂尔多斯市政务云|Ordos municipal cloud|city_cloud|4|1
T-REGION|内蒙古自治区政务云|Inner Mongolia regional cloud|region_cloud|4|1
T-SUPERIOR|上级垂直平台|superior's platform|superior||
T-PLACE|原址保留|in place|in_place||
"""

_POOLS = """
PUB-X86-L3|公用区x86三级池|cluster|T-BANNER|x86|3|PUB;VPN;XCH;MGT;BAK|1.0|24|60000|120000|80000
PUB-X86-L2|公用区x86二级池|cluster|T-BANNER|x86|2|PUB;VPN;XCH;MGT;BAK|2.0|24|30000|240000|120000
IZ-X86-L3|互联网区x86三级池|cluster|T-BANNER|x86|3|IZ|1.0|8|8000|30000|20000
IZ-X86-L2|互联网区x86二级池|cluster|T-BANNER|x86|2|IZ|2.0|8|8000|30000|20000
PUB-ARM-L3|公用区ARM三级池|cluster|T-BANNER|arm|3|PUB;VPN;XCH;MGT;BAK|1.0|12|30000|90000|60000
PUB-ARM-L2|公用区ARM二级池|cluster|T-BANNER|arm|2|PUB;VPN;XCH;MGT;BAK|2.0|12|30000|90000|60000
IZ-ARM-L3|互联网区ARM三级池|cluster|T-BANNER|arm|3|IZ|1.0|6|8000|20000|10000
PUB-XC-L3|公用区x86信创三级池|cluster|T-BANNER|x86_xc|3|PUB;VPN;XCH|1.0|8|30000|60000|40000
COLO|融合交互中心托管机位|colocation|T-COLO||3|IZ;PUB;VPN;XCH;MGT;BAK|||||
CITY-X86|市政务云x86|service|T-CITY|x86|3|IZ;PUB;VPN;XCH;MGT;BAK|||400000|800000|800000
CITY-ARM|市政务云ARM|service|T-CITY|arm|3|IZ;PUB;VPN;XCH;MGT;BAK|||400000|800000|800000
CITY-XC|市政务云x86信创|service|T-CITY|x86_xc|3|IZ;PUB;VPN;XCH;MGT;BAK|||400000|800000|800000
REGION-X86|自治区政务云x86|service|T-REGION|x86|3|IZ;PUB;VPN;XCH;MGT;BAK|||400000|800000|800000
"""

_HOST_TYPES = """
X86-S|双路16核256GiB|x86|2|32|64|1.0|256|20000|1|130|480|62000
X86-M|双路32核512GiB|x86|2|64|128|1.0|512|50000|2|170|720|118000
X86-L|双路48核1TiB|x86|2|96|192|1.0|1024|50000|2|220|1000|196000
ARM-M|双路48核384GiB|arm|2|96|96|0.75|384|50000|2|150|520|108000
ARM-L|双路64核768GiB|arm|2|128|128|0.75|768|50000|2|190|680|158000
XC-M|双路32核512GiB（海光）|x86_xc|2|64|128|0.8|512|50000|2|180|680|126000
"""

_FLAVORS = (
    ("基础型", ((2, 4), (4, 8))),
    ("通用型", ((8, 16), (16, 32))),
    ("内存型", ((2, 8), (4, 16), (8, 32), (16, 64))),
    ("计算型", ((32, 64), (32, 128))),
)


def _lines(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _number(text: str) -> float | None:
    return float(text) if text else None


def zone_rows() -> list[Row]:
    """Make the table ``zones``."""
    return [
        {
            "zone": zone,
            "name": name,
            "name_en": english,
            "hostable": hostable == "1",
            "tiers": tuple(filter(None, tiers.split(";"))),
            "per_department": apart == "1",
            "internet_exposed": exposed == "1",
        }
        for zone, name, english, hostable, tiers, apart, exposed in _lines(_ZONES)
    ]


def conduit_rows() -> list[Row]:
    """Make the table ``conduits``: the whole matrix, who initiates → whom it calls."""
    zones = [line[0] for line in _lines(_ZONES)]
    rows: list[Row] = []
    for source, *cells in _lines(_MATRIX):
        for target, cell in zip(zones, cells, strict=True):
            mode, evidence = cell[0], cell[-1]
            devices, _, kinds = cell[1:-1].strip().lstrip(":").partition(":")
            rows.append(
                {
                    "source_zone": source,
                    "target_zone": target,
                    "mode": MODES[mode],
                    "kinds": tuple(filter(None, kinds.split(";"))),
                    "devices": tuple(filter(None, devices.split(";"))),
                    "throughput_mbps": THROUGHPUT[mode],
                    "evidence": evidence,
                }
            )
    return rows


def target_rows() -> list[Row]:
    """Make the table ``targets``."""
    return [
        {
            "target": t,
            "name": n,
            "name_en": e,
            "kind": k,
            "rto_hours": _number(rto),
            "rpo_hours": _number(rpo),
            "in_cn": True,
        }
        for t, n, e, k, rto, rpo in _lines(_TARGETS)
    ]


def pool_rows() -> list[Row]:
    """Make the table ``pools``."""
    rows: list[Row] = []
    for pool, name, kind, target, arch, level, zones, ratio, most, high, normal, objects in _lines(_POOLS):
        here = kind != "service"
        rows.append(
            {
                "pool": pool,
                "name": name,
                "kind": kind,
                "target": target,
                "site": CENTRE if here else None,
                "arch": arch or None,
                "filed_level": int(level),
                "zones": tuple(zones.split(";")),
                "available_from": OPENS if here else OPENS.replace(year=2026, month=1, day=1),
                "cpu_ratio": _number(ratio),
                "max_hosts": int(most) if most else None,
                "storage_high_gib": _number(high),
                "storage_normal_gib": _number(normal),
                "storage_object_gib": _number(objects),
            }
        )
    return rows


def host_type_rows() -> list[Row]:
    """Make the table ``host_types``; the prices are invented."""
    rows: list[Row] = []
    for name, title, arch, sockets, cores, threads, perf, memory, mbps, height, idle, top, price in _lines(_HOST_TYPES):
        rows.append(
            {
                "host_type": name,
                "name": title,
                "arch": arch,
                "sockets": int(sockets),
                "cores": int(cores),
                "threads": int(threads),
                "perf_per_core": float(perf),
                "memory_gib": float(memory),
                "mbps": float(mbps),
                "height_u": int(height),
                "power_idle_w": float(idle),
                "power_max_w": float(top),
                "price_yuan": float(price),
                "life_years": 6.0,
                "lead_days": 90 if arch == "x86" else 120,
                "price_basis": "invented",
            }
        )
    return rows


def flavor_rows() -> list[Row]:
    """Make the table ``flavors``."""
    listed = [(family, vcpu, memory) for family, shapes in _FLAVORS for vcpu, memory in shapes]
    return [
        {
            "flavor": f"F{vcpu:02d}-{memory:03d}",
            "family": family,
            "vcpu": float(vcpu),
            "memory_gib": float(memory),
            "disk_gib": 100.0,
        }
        for family, vcpu, memory in listed
    ]
