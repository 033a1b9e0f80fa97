"""The headings that forms of this trade usually have, and cells as they are filled in, all find their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.intake.grid import Grid
from cloudplan.intake.headings import find
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.read import read_survey

ASKED = {
    "机房调查表":
    "单位名称 机房名称 地址 楼层 面积(㎡) 建成年份 机柜总数 已用机柜 总U位 已用U位 市电路数 UPS容量(kVA) "
    "UPS后备(min) 空调类型(精密/舒适) 制冷量(kW) 消防(气体/灭火器/无) 门禁 视频 动环监控 月用电量(kWh) "
    "IT负荷(kW) PUE 等级(A/B/C/未达) 网络接入(外网/内网/互联网/专网) 管理人 电话 拟处置",
    "服务器台账":
    "资产编号 单位名称 机房 机柜 起始U U数 设备名称 品牌 型号 序列号 设备形态 CPU型号 CPU颗数 总核数 CPU架构 "
    "内存(GB) 磁盘类型 裸容量(TB) 已用容量(TB) 网卡 电源数 额定功率(W) 操作系统 虚拟化 承载系统 所属网络区域 "
    "IP地址 CPU均值% CPU峰值% 内存峰值% 监测天数 购置日期 购置金额 维保到期 状态 是否热备 责任人",
    "信息系统调查表":
    "系统编号 系统名称 主管单位 建设层级(国/区/市/旗) 部署方式 等保等级 业务信息等级 系统服务等级 备案号 "
    "测评日期 密评日期 是否涉密 所属网络区域 是否面向互联网 用户范围 注册用户 并发用户 运行时段(5×8/7×24) "
    "RTO RPO 操作系统 数据库 中间件 开发语言 架构(B/S,C/S) 信创适配 特殊硬件 数据量(GB) 日增量(GB) 依赖系统 "
    "备份方式 开发商 运维单位 合同到期 立项文号 建设经费 年运维费 上线日期 最近数据更新 拟处置 意见",
    "网络安全设备表":
    "网络设备名称 型号 物理位置 所属网络区域 IP地址/掩码/网关 系统软件及版本 端口类型及数量 主要用途 "
    "是否热备 重要程度 序列号 购置日期 维保到期 吞吐(Gbps) 是否信创",
    "系统依赖与数据流表":
    "源系统 目标系统 交换类型 协议 端口 频率 日流量(GB) 穿越边界 是否可异步",
    "数据资源目录":
    "信息资源分类 信息资源名称 信息资源代码 信息资源提供方 信息资源摘要 信息资源格式 共享属性 共享条件 "
    "共享方式 开放属性 更新周期 发布日期 关联资源代码 数据级别 记录数(万) 存储量(GB) 是否挂接市平台 回流方式 "
    "不共享依据",
}  # fmt: skip
"""Headings that the survey forms of this trade have."""


@pytest.mark.parametrize("sheet", ASKED)
def test_every_heading_of_the_usual_forms_is_known(sheet: str) -> None:
    asked = ASKED[sheet].split()
    found = find(Grid("survey.xlsx", sheet, (tuple(asked),)), SHEETS)
    assert found is not None
    assert [(h.text, h.near) for h in (*found.headings, *found.doubled) if h.column is None or h.near] == []


def test_what_planners_hold_is_read_as_they_write_it(tmp_path: Path) -> None:
    systems = (
        "单位名称,系统名称,业务信息等级,系统服务等级,用户范围,最大并发数,开发语言,架构,备份方式,建设经费（万元）,上线日期,依赖系统,拟处置\n"
        "水利局,水情系统,第三级,二级,全县,200,Java、Python,BS,异地,120,2019年6月,雨情系统、闸门系统,上云\n"
        "水利局,雨情系统,,,,,,,,,,,\n水利局,闸门系统,,,,,,,,,,,\n"
    )
    (tmp_path / "信息系统.csv").write_text(systems, "utf-8")
    (tmp_path / "机房.csv").write_text(
        "单位名称,机房名称,机柜总数,网络接入,电话,拟处置\n水利局,机房,3个,外网、专网,0477-000,关闭\n", "utf-8"
    )
    survey = read_survey([tmp_path / "信息系统.csv", tmp_path / "机房.csv"])
    assert survey.values()["systems"][0] == {
        "system": "水情系统", "name": "水情系统", "department": "水利局", "business_level": "3", "service_level": "2",
        "user_scope": "banner", "concurrent_users": "200", "development_language": "Java;Python",
        "app_architecture": "bs", "backup_mode": "remote", "construction_yuan": "1200000",
        "in_service_since": "2019-06-01", "depends_on": "雨情系统;闸门系统", "proposed_fate": "migrate",
    }  # fmt: skip
    (room,) = survey.values()["rooms"]
    assert (room["racks_total"], room["network_access"], room["proposed_fate"]) == ("3", "extranet;dedicated", "close")


def test_systems_named_in_one_cell_become_ids(tmp_path: Path) -> None:
    systems = (
        "系统编号,单位名称,系统名称,依赖系统\nS1,水利局,甲系统,乙系统、丙系统\nS2,水利局,乙系统,\nS3,水利局,丙系统,\n"
    )
    (tmp_path / "信息系统.csv").write_text(systems, "utf-8")
    assert read_survey([tmp_path / "信息系统.csv"]).values()["systems"][0]["depends_on"] == "S2;S3"
