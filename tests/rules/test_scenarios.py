"""Recorded attacks on a domain, with the packets and the event logs of the same minutes: both meet in one alert where they can."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from khien.app.replay import ReplayOptions, replay

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KHIEN_TEST_DATA", ROOT.parent / "shared" / "data")) / "scenarios"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not DATA.is_dir(), reason="no test data: set KHIEN_TEST_DATA to a folder of public captures and logs"),
]

#: Scenario → rules that must fire over its packets and logs in one run. `joined_…` needs both.
SCENARIOS = {
    "covenant_dcsync_dcerpc_drsuapi_DsGetNCChanges": {
        "rpc_dcsync",
        "win_replication_right_used",
        "joined_control_and_account",
        "joined_control_and_foreign_program",
    },
    "covenant_getdomaingroup_ldap_searchrequest_domain_admins": {"joined_admin_search_and_program"},
    "covenant_psremoting_command": {"joined_remote_session_and_foreign_program"},
    "covenant_sharpsc_create_dcerpc_smb_svcctl": {"rpc_service_created", "joined_control_and_foreign_program"},
    "covenant_sharpsc_start_dcerpc_smb_svcctl": {"joined_control_and_foreign_program"},
    "covenant_sharpwmi_create_dcerpc_wmi": {"rpc_wmi_method", "win_wmi_started_program", "joined_control_and_foreign_program"},
    "covenant_wmi_wbemcomn_dll_hijack": {"smb_system_library_planted", "joined_copy_and_account"},
    "empire_mimikatz_backupkeys_dcerpc_smb_lsarpc": {"rpc_secret_retrieved", "joined_control_and_account"},
    "empire_msbuild_dcerpc_wmi_smb": {"rpc_wmi_method", "joined_control_and_program", "win_encoded_powershell"},
    "empire_psexec_dcerpc_tcp_svcctl": {"rpc_service_run_and_removed", "win_service_suspicious", "joined_control_and_program"},
    "empire_psremoting_stager": {"joined_remote_session_and_program"},
    "empire_shell_rpc_samr_smb_group_domain_admins_standard_user": {"joined_listing_and_account"},
    "empire_shell_rubeus_asktgt_createnetonly": {"joined_weak_ticket_and_program"},
    "empire_shell_rubeus_asktgt_ptt": {"joined_weak_ticket_and_program"},
    "empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod": {"rpc_wmi_method", "joined_control_and_program"},
    "mimikatz_CVE-2020-1472_Unauthenticated_NetrServerAuthenticate2": {"rpc_zerologon", "joined_netlogon_and_program"},
    "purplesharp_ad_playbook_I": {"kerberos_roasting", "joined_directory_search_and_program"},
    "schtask_modification": {"rpc_task_registered", "joined_control_and_account"},
    # Packets and logs of these two were recorded at different hours.
    "aadinternals_export_adfsdatabaseconfig_remotely": {"http_adfs_configuration_read"},
    "covenant_wmi_remote_event_subscription_ActiveScriptEventConsumers": {"rpc_wmi_subscription"},
    # The packets hold only the encrypted way to the operator.
    "empire_ninjacopy_dumping_ntds_dit_file": {"win_encoded_powershell", "win_log_cleared"},
}


def unpacked(scenario: Path, folder: Path) -> list[Path]:
    for archive in scenario.glob("*.zip"):
        with ZipFile(archive) as content:
            content.extractall(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_attack_on_the_domain_fires_its_rules(name: str, tmp_path: Path) -> None:
    found = replay(unpacked(DATA / name, tmp_path), options=ReplayOptions(rules=[ROOT / "rules"], year=2020))
    assert SCENARIOS[name] <= {alert.rule.name for alert in found.alerts}
