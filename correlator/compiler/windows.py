"""Windows: which channels and codes a Sigma category or service means, and where its field names live (events design, 5 and 7).

Channel names come from pySigma's own table; it lacks four, which are added here. Datasets are named by the engine, for the reader
of event logs and for rules alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from khien_engine.logs import windows_dataset
from sigma.pipelines.common import windows_logsource_mapping

from correlator import ir

Names = Mapping[str, str | tuple[str, ...]]

#: Missing from pySigma's list (events design, section 7).
_MORE_CHANNELS: Mapping[str, str] = {
    "ldap": "Microsoft-Windows-LDAP-Client/Debug",
    "smbclient-connectivity": "Microsoft-Windows-SmbClient/Connectivity",
    "smbserver-connectivity": "Microsoft-Windows-SMBServer/Connectivity",
    "iis-configuration": "Microsoft-IIS-Configuration/Operational",
}
_KERNEL_FILE = "Microsoft-Windows-Kernel-File/Analytic"
EVENT_DATA = "winlog.event_data."


def _sysmon(*codes: int) -> tuple[str, ...]:
    return tuple(f"windows.sysmon:{code}" for code in codes)


def _kernel_file(*codes: int) -> tuple[str, ...]:
    return tuple(f"{windows_dataset(_KERNEL_FILE)}:{code}" for code in codes)


#: Event codes: Microsoft's Sysmon documentation; Security 4688 and 4689, PowerShell 400, 600, 4103, 4104 by their own manifests.
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "process_creation": (*_sysmon(1), "windows.security:4688"),
    "process_termination": (*_sysmon(5), "windows.security:4689"),
    "file_change": _sysmon(2),
    "network_connection": _sysmon(3),
    "sysmon_status": _sysmon(4, 16),
    "driver_load": _sysmon(6),
    "image_load": _sysmon(7),
    "create_remote_thread": _sysmon(8),
    "raw_access_thread": _sysmon(9),
    "process_access": _sysmon(10),
    "file_event": _sysmon(11),
    "registry_event": _sysmon(12, 13, 14),
    "registry_add": _sysmon(12),
    "registry_delete": _sysmon(12),
    "registry_set": _sysmon(13),
    "registry_rename": _sysmon(14),
    "create_stream_hash": _sysmon(15),
    "pipe_created": _sysmon(17, 18),
    "wmi_event": _sysmon(19, 20, 21),
    "dns_query": _sysmon(22),
    "file_delete": _sysmon(23, 26),
    "clipboard_capture": _sysmon(24),
    "process_tampering": _sysmon(25),
    "file_block_executable": _sysmon(27),
    "file_block_shredding": _sysmon(28),
    "file_executable_detected": _sysmon(29),
    "sysmon_error": _sysmon(255),
    "ps_script": ("windows.powershell:4104",),
    "ps_module": ("windows.powershell:4103",),
    "ps_classic_start": ("windows.powershell_classic:400",),
    "ps_classic_provider_start": ("windows.powershell_classic:600",),
    "ps_classic_script": ("windows.powershell_classic:800",),
    # Create, and RenamePath, of the Kernel-File provider's manifest.
    "file_access": _kernel_file(12),
    "file_rename": _kernel_file(19, 27),
}
#: Sysmon writes creation and deletion of keys under one code: what the category leaves out, its `EventType` says.
CONDITIONS: Mapping[str, ir.Node] = {
    "registry_add": ir.Text(f"{EVENT_DATA}EventType", ("CreateKey",)),
    "registry_delete": ir.Text(f"{EVENT_DATA}EventType", ("Delete", ir.ANY_RUN)),
}

#: Of the record itself, whatever it tells.
_RECORD: Names = {
    "EventID": "event.code",
    "Provider_Name": "winlog.provider_name",
    "Channel": "winlog.channel",
    "Computer": "winlog.computer_name",
    "ComputerName": "winlog.computer_name",
    "EventRecordID": "winlog.record_id",
    "Keywords": "winlog.keywords",
    "Message": "message",
    "Level": "log.level",
}
#: What `System/Level` means, as event logs show it; rules write the number.
WORDS: Mapping[str, Mapping[str, str]] = {
    "log.level": {"0": "information", "1": "critical", "2": "error", "3": "warning", "4": "information", "5": "verbose"}
}
#: List 1 of the events design.
_PROCESS: Names = {
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "CurrentDirectory": "process.working_directory",
}
_PE = ("OriginalFileName", "Product", "Description", "Company", "FileVersion")
_PE_NAMES = dict(zip(_PE, ("original_file_name", "product", "description", "company", "file_version"), strict=True))
_OF_PROCESS: Names = {**_PROCESS, **{name: f"process.pe.{ours}" for name, ours in _PE_NAMES.items()}}
_OF_IMAGE: Names = {**_PROCESS, **{name: f"file.pe.{ours}" for name, ours in _PE_NAMES.items()}, "ImageLoaded": "file.path"}
_TARGET: Names = {"TargetFilename": "file.path"}
_OF_FILE: Names = {**_PROCESS, **_TARGET}
_OF_REGISTRY: Names = {**_PROCESS, "TargetObject": "registry.path"}
_OF_NETWORK: Names = {
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "Protocol": "network.transport",
}
_BY_CATEGORY: Mapping[str, Names] = {
    "process_creation": _OF_PROCESS,
    "process_termination": _PROCESS,
    **dict.fromkeys(("registry_set", "registry_event", "registry_add", "registry_delete", "registry_rename"), _OF_REGISTRY),
    **dict.fromkeys(("file_event", "file_delete", "file_change", "file_executable_detected"), _OF_FILE),
    **dict.fromkeys(("create_stream_hash", "file_block_executable", "file_block_shredding"), _TARGET),
    **dict.fromkeys(("image_load", "driver_load"), _OF_IMAGE),
    "network_connection": _OF_NETWORK,
    "dns_query": {"QueryName": "dns.question.name"},
}


@cache
def channels_of(service: str) -> tuple[str, ...]:
    """The channels that a Sigma service names; empty for one that nobody knows."""
    found = _MORE_CHANNELS.get(service) or windows_logsource_mapping.get(service, ())
    return (found,) if isinstance(found, str) else tuple(found)


def routes_of(category: str | None, service: str | None) -> tuple[str, ...]:
    """The routes of a Windows logsource; empty when no channel of ours belongs to it."""
    datasets = None if service is None else {windows_dataset(channel) for channel in channels_of(service)}
    if category is None:
        return ("windows.*",) if datasets is None else tuple(sorted(datasets))
    routes = CATEGORIES.get(category, ())
    return routes if datasets is None else tuple(route for route in routes if route.partition(":")[0] in datasets)


def names_of(category: str | None) -> Names:
    """Our names for the fields of a category; what is not in it stands under `winlog.event_data.`."""
    return {**_RECORD, **_BY_CATEGORY.get(category or "", {})}
