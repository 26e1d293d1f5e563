"""A small invented report as a text file, for tests that need a published document."""

from __future__ import annotations

_FIGURES = {
    "basic": "293.58", "personnel": "255.08", "public": "38.50", "project": "20.13", "total": "313.71",
    "initial": "22", "full_year": "22", "executed": "20.13", "rate": "91.50%", "execution_score": "9.15",
    "quantity_score": "20.00", "sheet_total": "99.15", "year": "2025",
}  # fmt: skip

_TEXT = """{year}年度测试市住房保障中心整体支出绩效自评报告

单位名称：测试市住房保障中心

2026年6月30日

一、单位基本情况

本单位核定事业编制14人，年底在职在编13人。

二、一般公共预算支出情况

{year}年基本支出为{basic}万元，其中：人员支出{personnel}万元，公用支出{public}万元。

三、政府性基金预算支出情况

{year}年度本单位无政府性基金安排的支出。

四、存在的问题

住房保障事务经费执行进度偏慢，年底有结余，主要是部分采购尚未验收付款。

附件1

{year}年度项目支出绩效自评表

项目支出名称\t\t住房保障事务经费\t\t\t\t\t\t
主管部门\t\t测试市住房保障中心\t\t实施单位\t\t测试市住房保障中心\t\t
项目资金(万元)\t资金来源\t年初预算数\t全年预算数\t全年执行数\t分值\t执行率\t得分\t
\t其中当年财政拨款\t{initial}\t{full_year}\t{executed}\t\t\t\t
\t上年结转资金\t0\t0\t0\t\t\t\t
\t其它资金\t0\t0\t0\t\t\t\t
\t年度资金总额\t{initial}\t{full_year}\t{executed}\t10\t{rate}\t{execution_score}\t
年度总体目标\t预期目标\t\t\t实际完成情况\t\t\t\t
\t单位正常运转\t\t\t按计划完成\t\t\t\t
绩效指标\t一级指标\t二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分\t偏差原因分析及改进措施
\t产出指标\t数量指标\t受理申请户数\t100户\t100户\t20\t{quantity_score}\t
\t\t质量指标\t受理及时率\t100%\t100%\t20\t20.00\t
\t效益指标\t社会效益指标\t群众住房困难改善\t有效改善\t有效改善\t30\t30.00\t
\t满意度指标\t服务对象满意度指标\t群众满意度\t90%\t95%\t10\t10.00\t
\t成本指标\t经济成本指标\t经费不超预算\t22万元\t20.13万元\t10\t10.00\t
总分\t\t\t\t\t\t100\t{sheet_total}\t

单位负责人签字：甲某 填表人：乙某 联系电话：0730-0000000 填报日期：2026.6.20
"""


def evaluation_text(**changes: str) -> str:
    """The report; ``changes`` replace single figures (``rate="91.00%"``).

    Raises:
        KeyError: the report prints no such figure.
    """
    for name in changes:
        _FIGURES[name]
    return _TEXT.format(**{**_FIGURES, **changes})
