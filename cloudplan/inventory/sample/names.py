"""Names the generator deals out: people, brands and models, software. All invented or generic."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import yaml

PEOPLE = (
    "王志远",
    "李文静",
    "张海峰",
    "刘晓燕",
    "陈立新",
    "杨建军",
    "赵雪梅",
    "高永胜",
    "白云飞",
    "郝秀兰",
    "贺晓东",
    "折建平",
    "苏雅拉",
    "其木格",
    "娜仁",
    "斯琴",
    "孟和",
    "额尔敦",
    "巴图尔",
    "乌云",
    "阿拉坦",
    "萨仁",
    "朝鲁",
    "宝音",
)
"""People in charge; invented, and few, so that nobody real is meant."""


@dataclass(frozen=True)
class Model:
    """A server model: what it holds and takes. ``years``: those in which it was bought."""

    brand: str
    model: str
    form: str
    height_u: int
    cpu: str
    sockets: int
    cores: int
    threads: int
    perf: float
    arch: str
    memory: tuple[int, ...]
    idle_w: int
    max_w: int
    nameplate_w: int
    price: int
    years: tuple[int, int]


def _read() -> tuple[Model, ...]:
    listed = yaml.load(files(__package__).joinpath("models.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return tuple(Model(**m | {"memory": tuple(m["memory"]), "years": tuple(m["years"])}) for m in listed)


MODELS: tuple[Model, ...] = _read()
"""Makers' names are real, the models' figures (``models.yaml``) only of a plausible order; no price is anyone's."""

HYPERVISORS = {
    "x86": ("VMware vSphere 6.5", "VMware vSphere 6.7", "H3C CAS 7.0", "Hyper-V 2016", "KVM"),
    "arm": ("FusionCompute 8.0",),
    "x86_xc": ("KVM",),
    "loong": ("KVM",),
}

SOFTWARE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "expired": (
        ("Windows Server 2008 R2", "SQL Server 2008", "IIS 7.5"),
        ("Windows Server 2012 R2", "SQL Server 2012", "IIS 8.5"),
        ("CentOS 6.8", "Oracle 11g", "WebLogic 11g"),
        ("CentOS 7.6", "MySQL 5.6", "Tomcat 7"),
        ("Windows Server 2003", "SQL Server 2005", "IIS 6.0"),
    ),
    "supported": (
        ("Windows Server 2019", "SQL Server 2019", "IIS 10"),
        ("openEuler 22.03 LTS", "MySQL 8.0", "Tomcat 9"),
        ("Red Hat Enterprise Linux 8.6", "Oracle 19c", "WebLogic 14c"),
        ("统信UOS 20", "达梦 DM8", "东方通 TongWeb 7"),
        ("Ubuntu Server 22.04", "PostgreSQL 14", "Nginx 1.22"),
    ),
    "domestic": (
        ("银河麒麟 V10 SP2", "达梦 DM8", "东方通 TongWeb 7"),
        ("银河麒麟 V10 SP3", "人大金仓 V8", "金蝶 Apusic 10"),
        ("统信UOS 20", "达梦 DM8", "宝兰德 BES 9.5"),
        ("openEuler 22.03 LTS", "GaussDB 505", "东方通 TongWeb 7"),
    ),
}
"""Operating system, database and middleware, by state of support."""

GENERIC = (
    "门户网站子站/i2",
    "协同办公系统/u2",
    "档案管理系统/v",
    "财务核算系统/dm",
    "人事工资系统/pm",
    "固定资产管理系统/",
    "业务培训考试系统/",
    "考勤门禁管理系统/",
    "文件共享服务/v",
    "统计报表系统/m2",
    "项目档案管理系统/",
    "信访件登记系统/2",
    "短信通知平台/",
    "电子签章系统/k2",
    "会议室预约系统/",
    "合同管理系统/2",
    "舆情信息管理系统/",
    "视频会议管理系统/h2",
    "法规查询系统/",
    "旧版办公系统/z",
    "内部论坛/z",
    "执法案卷管理系统/p2",
    "数据备份服务/b2",
    "终端安全管理服务/g2",
)
"""Systems that any department may have, written as in :mod:`.departments`; its short name goes before."""
