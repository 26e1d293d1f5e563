"""The outbox, which runs of the schedule have been started, and which workers are there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guangsha.privacy.fields import BlindIndexField, SealedTextField


class Message(models.Model):
    """One message to one person over one channel. It is written in the transaction of the act that it tells of and
    sent by a job afterwards, so nobody is told of an act that was rolled back and no act stays untold."""

    CHANNELS: ClassVar = [("inbox", "站内消息"), ("sms", "短信"), ("mail", "邮件")]
    STATES: ClassVar = [("waiting", "待发送"), ("sent", "已发送"), ("failed", "发送失败"), ("read", "已读")]

    account = models.ForeignKey(
        "people.Account", models.CASCADE, null=True, related_name="messages", verbose_name="收件人"
    )
    channel = models.CharField("渠道", max_length=8, choices=CHANNELS)
    phone = SealedTextField("手机号", blank=True)
    phone_index = BlindIndexField(of="phone", kind="phone")
    subject = models.CharField("标题", max_length=120)
    body = models.TextField("内容")
    link = models.CharField("链接", max_length=200, blank=True)
    about = models.CharField("事项", max_length=60, blank=True, db_index=True)
    key = models.CharField("去重键", max_length=120, unique=True)
    state = models.CharField("状态", max_length=8, choices=STATES, default="waiting")
    tries = models.PositiveSmallIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次发送", db_index=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)
    fault = models.CharField("失败原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        indexes = [models.Index(fields=["state", "next_try_at"], name="message_due")]


class ScheduleRun(models.Model):
    """One run of one scheduled job, claimed by inserting it: two workers never start the same run."""

    job = models.CharField("任务", max_length=60)
    due_at = models.DateTimeField("应于")
    started_at = models.DateTimeField("开始")
    finished_at = models.DateTimeField("结束", null=True)
    outcome = models.CharField("结果", max_length=300, blank=True)
    failed = models.BooleanField("失败", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "定时任务记录"
        constraints = [models.UniqueConstraint(fields=["job", "due_at"], name="schedule_run_once")]


class WorkerSign(models.Model):
    """When a worker was last there (``worker.present``): what a silent one held goes to another."""

    worker = models.CharField("后台程序", max_length=64, primary_key=True)
    seen_at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = verbose_name_plural = "后台程序在线记录"
