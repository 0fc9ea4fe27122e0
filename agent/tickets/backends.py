"""The literal table of ticket systems and channels. To add one: a file, a line here, a contract test."""

from agent.tickets import (
    dingtalk,
    feishu,
    glpi,
    glpi2,
    jira,
    jsm,
    redmine,
    rt,
    servicenow,
    webhook,
    wecom,
    zammad,
)
from agent.tickets.model import Adapter, Notifier

BACKENDS: dict[str, Adapter | Notifier] = {
    "redmine": redmine.ADAPTER,
    "rt": rt.ADAPTER,
    "servicenow": servicenow.ADAPTER,
    "jira": jira.ADAPTER,
    "jsm": jsm.ADAPTER,
    "glpi": glpi.ADAPTER,
    "glpi2": glpi2.ADAPTER,
    "zammad": zammad.ADAPTER,
    "webhook": webhook.NOTIFIER,
    "email": Notifier(name="email"),
    "wecom": wecom.NOTIFIER,
    "dingtalk": dingtalk.NOTIFIER,
    "feishu": feishu.NOTIFIER,
}
