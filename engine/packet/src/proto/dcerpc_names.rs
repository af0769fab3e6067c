//! Interfaces of DCERPC and their operations by name (the IDL appendices of MS-SCMR, MS-TSCH, MS-SAMR, MS-LSAD, MS-NRPC, MS-DRSR,
//! MS-RRP, MS-SRVS, MS-WKST, MS-RPRN, MS-PAR, MS-EFSR, MS-DFSNM, MS-FSRVP, MS-DCOM, MS-WMI, MS-OXNSPI, MS-OXCRPC, MS-EVEN, MS-EVEN6,
//! MS-RSP, MS-DNSP; C706, appendix O).
//!
//! The server's prefix `R` of svcctl's operations is left out, as everybody does; `-` is a number without a public operation.

use super::dcerpc_pdu::Uuid;

/// Name of an interface.
#[must_use]
pub fn service(uuid: &Uuid) -> Option<&'static str> {
    find(uuid).map(|(_, name, _)| *name)
}

/// Name of an operation of an interface.
#[must_use]
pub fn operation(uuid: &Uuid, number: u16) -> Option<&'static str> {
    let (.., operations) = find(uuid)?;
    operations
        .split(' ')
        .nth(usize::from(number))
        .filter(|name| *name != "-")
}

fn find(uuid: &Uuid) -> Option<&'static (u128, &'static str, &'static str)> {
    let number = u128::from_be_bytes(*uuid);
    INTERFACES.iter().find(|(known, ..)| *known == number)
}

/// UUID, name, operations from number 0.
const INTERFACES: &[(u128, &str, &str)] = &[
    (
        0x50ab_c2a4_574d_40b3_9d66_ee4f_d5fb_a076,
        "DnsServer",
        "DnssrvOperation DnssrvQuery DnssrvComplexOperation DnssrvEnumRecords DnssrvUpdateRecord DnssrvOperation2 \
         DnssrvQuery2 DnssrvComplexOperation2 DnssrvEnumRecords2 DnssrvUpdateRecord2",
    ),
    (
        0xa8e0_653c_2744_4389_a61d_7373_df8b_2292,
        "FssagentRpc",
        "GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet CommitShadowCopySet \
         ExposeShadowCopySet RecoveryCompleteShadowCopySet AbortShadowCopySet IsPathSupported IsPathShadowCopied \
         GetShareMapping DeleteShareMapping PrepareShadowCopySet",
    ),
    (
        0x99fc_fec4_5260_101b_bbcb_00aa_0021_347a,
        "IObjectExporter",
        "ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2",
    ),
    (
        0x0000_0131_0000_0000_c000_0000_0000_0046,
        "IRemUnknown",
        "- - - RemQueryInterface RemAddRef RemRelease",
    ),
    (
        0x0000_0143_0000_0000_c000_0000_0000_0046,
        "IRemUnknown2",
        "- - - RemQueryInterface RemAddRef RemRelease RemQueryInterface2",
    ),
    (
        0x76f0_3f96_cdfd_44fc_a22c_6495_0a00_1209,
        "IRemoteWinspool",
        "RpcAsyncOpenPrinter RpcAsyncAddPrinter - - - - - - - - - - - - - - - - - - RpcAsyncClosePrinter - - - - \
         - - - - - - - - - - - - - - RpcAsyncAddPrinterDriver",
    ),
    (
        0x0000_01a0_0000_0000_c000_0000_0000_0046,
        "ISystemActivator",
        "- - - RemoteGetClassObject RemoteCreateInstance",
    ),
    (
        0x86d3_5949_83c9_4044_b424_db36_3231_fd0c,
        "ITaskSchedulerService",
        "SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder SchRpcSetSecurity \
         SchRpcGetSecurity SchRpcEnumFolders SchRpcEnumTasks SchRpcEnumInstances SchRpcGetInstanceInfo \
         SchRpcStopInstance SchRpcStop SchRpcRun SchRpcDelete SchRpcRename SchRpcScheduledRuntimes \
         SchRpcGetLastRunInfo SchRpcGetTaskInfo SchRpcGetNumberOfMissedRuns SchRpcEnableTask",
    ),
    (
        0xf309_ad18_d86a_11d0_a075_00c0_4fb6_8820,
        "IWbemLevel1Login",
        "- - - EstablishPosition RequestChallenge WBEMLogin NTLMLogin",
    ),
    (
        0x9556_dc99_828c_11cf_a37e_00aa_0032_40c7,
        "IWbemServices",
        "- - - OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass PutClassAsync \
         DeleteClass DeleteClassAsync CreateClassEnum CreateClassEnumAsync PutInstance PutInstanceAsync \
         DeleteInstance DeleteInstanceAsync CreateInstanceEnum CreateInstanceEnumAsync ExecQuery ExecQueryAsync \
         ExecNotificationQuery ExecNotificationQueryAsync ExecMethod ExecMethodAsync",
    ),
    (
        0x894d_e0c0_0d55_11d3_a322_00c0_4fa3_21a1,
        "InitShutdown",
        "BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx",
    ),
    (
        0x1ff7_0682_0a51_30e8_076d_740b_e8ce_e98b,
        "atsvc",
        "NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo",
    ),
    (
        0xe351_4235_4b06_11d1_ab04_00c0_4fc2_dcd2,
        "drsuapi",
        "DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd DRSReplicaDel \
         DRSReplicaModify DRSVerifyNames DRSGetMemberships DRSInterDomainMove DRSGetNT4ChangeLog DRSCrackNames \
         DRSWriteSPN DRSRemoveDsServer DRSRemoveDsDomain DRSDomainControllerInfo DRSAddEntry DRSExecuteKCC \
         DRSGetReplInfo DRSAddSidHistory DRSGetMemberships2 DRSReplicaVerifyObjects DRSGetObjectExistence \
         DRSQuerySitesByCost",
    ),
    (
        0x3919_286a_b10c_11d0_9ba8_00c0_4fd9_2ef5,
        "dssetup",
        "DsRolerGetPrimaryDomainInformation",
    ),
    (
        0xdf19_41c5_fe89_4e79_bf10_4636_57ac_f44d,
        "efsrpc",
        "EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw EfsRpcEncryptFileSrv \
         EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile \
         EfsRpcAddUsersToFile - EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile - \
         EfsRpcAddUsersToFileEx EfsRpcFileKeyInfoEx",
    ),
    (
        0xc681_d488_d850_11d0_8c52_00c0_4fd9_0f7e,
        "efsrpc",
        "EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw EfsRpcEncryptFileSrv \
         EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile \
         EfsRpcAddUsersToFile - EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile - \
         EfsRpcAddUsersToFileEx EfsRpcFileKeyInfoEx",
    ),
    (
        0xe1af_8308_5d1f_11c9_91a4_0800_2b14_a0fa,
        "epmapper",
        "ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object ept_mgmt_delete",
    ),
    (
        0xf6be_aff7_1e19_4fbb_9f8f_b89e_2018_337c,
        "even6",
        "EvtRpcRegisterRemoteSubscription EvtRpcRemoteSubscriptionNextAsync EvtRpcRemoteSubscriptionNext \
         EvtRpcRemoteSubscriptionWaitAsync EvtRpcRegisterControllableOperation EvtRpcRegisterLogQuery \
         EvtRpcClearLog EvtRpcExportLog",
    ),
    (
        0x8227_3fdc_e32a_18c3_3f78_8279_29dc_23ea,
        "eventlog",
        "ElfrClearELFW ElfrBackupELFW ElfrCloseEL ElfrDeregisterEventSource ElfrNumberOfRecords ElfrOldestRecord \
         ElfrChangeNotify ElfrOpenELW ElfrRegisterEventSourceW ElfrOpenBELW ElfrReadELW ElfrReportEventW \
         ElfrClearELFA",
    ),
    (
        0xa4f1_db00_ca47_1067_b31f_00dd_0106_62da,
        "exchange_mapi",
        "EcDoConnect EcDoDisconnect EcDoRpc EcGetMoreRpc EcRRegisterPushNotification \
         EcRUnregisterPushNotification EcDummyRpc EcRGetDCName EcRNetGetDCName EcDoRpcExt EcDoConnectEx \
         EcDoRpcExt2 - - EcDoAsyncConnectEx",
    ),
    (
        0x1234_5778_1234_abcd_ef00_0123_4567_89ab,
        "lsarpc",
        "LsarClose LsarDelete LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject \
         LsarChangePassword LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy LsarClearAuditLog \
         LsarCreateAccount LsarEnumerateAccounts LsarCreateTrustedDomain LsarEnumerateTrustedDomains \
         LsarLookupNames LsarLookupSids LsarCreateSecret LsarOpenAccount LsarEnumeratePrivilegesAccount \
         LsarAddPrivilegesToAccount LsarRemovePrivilegesFromAccount LsarGetQuotasForAccount \
         LsarSetQuotasForAccount LsarGetSystemAccessAccount LsarSetSystemAccessAccount LsarOpenTrustedDomain \
         LsarQueryInfoTrustedDomain LsarSetInformationTrustedDomain LsarOpenSecret LsarSetSecret LsarQuerySecret \
         LsarLookupPrivilegeValue LsarLookupPrivilegeName LsarLookupPrivilegeDisplayName LsarDeleteObject \
         LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights LsarAddAccountRights \
         LsarRemoveAccountRights LsarQueryTrustedDomainInfo LsarSetTrustedDomainInfo LsarDeleteTrustedDomain \
         LsarStorePrivateData LsarRetrievePrivateData LsarOpenPolicy2 LsarGetUserName LsarQueryInformationPolicy2 \
         LsarSetInformationPolicy2 LsarQueryTrustedDomainInfoByName LsarSetTrustedDomainInfoByName \
         LsarEnumerateTrustedDomainsEx LsarCreateTrustedDomainEx - LsarQueryDomainInformationPolicy \
         LsarSetDomainInformationPolicy LsarOpenTrustedDomainByName - LsarLookupSids2 LsarLookupNames2 \
         LsarCreateTrustedDomainEx2 - - - - - - - - LsarLookupNames3 - - - - LsarQueryForestTrustInformation \
         LsarSetForestTrustInformation - LsarLookupSids3 LsarLookupNames4",
    ),
    (
        0x4fc7_42e0_4a10_11cf_8273_00aa_004a_e673,
        "netdfs",
        "NetrDfsManagerGetVersion NetrDfsAdd NetrDfsRemove NetrDfsSetInfo NetrDfsGetInfo NetrDfsEnum - - - - - - \
         NetrDfsAddStdRoot NetrDfsRemoveStdRoot - - - - - - - NetrDfsEnumEx",
    ),
    (
        0x1234_5678_1234_abcd_ef00_0123_4567_cffb,
        "netlogon",
        "NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff NetrServerReqChallenge \
         NetrServerAuthenticate NetrServerPasswordSet NetrDatabaseDeltas NetrDatabaseSync NetrAccountDeltas \
         NetrAccountSync NetrGetDCName NetrLogonControl NetrGetAnyDCName NetrLogonControl2 \
         NetrServerAuthenticate2 NetrDatabaseSync2 NetrDatabaseRedo NetrLogonControl2Ex \
         NetrEnumerateTrustedDomains DsrGetDcName NetrLogonGetCapabilities NetrLogonSetServiceBits \
         NetrLogonGetTrustRid NetrLogonComputeServerDigest NetrLogonComputeClientDigest NetrServerAuthenticate3 \
         DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2 NetrServerPasswordGet \
         NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2 NetrLogonGetTimeServiceParentDomain \
         NetrEnumerateTrustedDomainsEx DsrAddressToSiteNamesExW DsrGetDcSiteCoverageW NetrLogonSamLogonEx \
         DsrEnumerateDomainTrusts DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet \
         DsrGetForestTrustInformation NetrGetForestTrustInformation NetrLogonSamLogonWithFlags \
         NetrServerGetTrustInfo",
    ),
    (
        0xf5cc_5a18_4264_101a_8c59_0800_2b2f_8426,
        "nspi",
        "NspiBind NspiUnbind NspiUpdateStat NspiQueryRows NspiSeekEntries NspiGetMatches NspiResortRestriction \
         NspiDNToMId NspiGetPropList NspiGetProps NspiCompareMIds NspiModProps NspiGetSpecialTable \
         NspiGetTemplateInfo NspiModLinkAtt - NspiQueryColumns NspiGetNamesFromIDs NspiGetIDsFromNames \
         NspiResolveNames NspiResolveNamesW",
    ),
    (
        0x1234_5778_1234_abcd_ef00_0123_4567_89ac,
        "samr",
        "SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject SamrShutdownSamServer \
         SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer SamrOpenDomain SamrQueryInformationDomain \
         SamrSetInformationDomain SamrCreateGroupInDomain SamrEnumerateGroupsInDomain SamrCreateUserInDomain \
         SamrEnumerateUsersInDomain SamrCreateAliasInDomain SamrEnumerateAliasesInDomain SamrGetAliasMembership \
         SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup SamrQueryInformationGroup \
         SamrSetInformationGroup SamrAddMemberToGroup SamrDeleteGroup SamrRemoveMemberFromGroup \
         SamrGetMembersInGroup SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias \
         SamrSetInformationAlias SamrDeleteAlias SamrAddMemberToAlias SamrRemoveMemberFromAlias \
         SamrGetMembersInAlias SamrOpenUser SamrDeleteUser SamrQueryInformationUser SamrSetInformationUser \
         SamrChangePasswordUser SamrGetGroupsForUser SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex - \
         - SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain SamrQueryInformationDomain2 \
         SamrQueryInformationUser2 SamrQueryDisplayInformation2 SamrGetDisplayEnumerationIndex2 \
         SamrCreateUser2InDomain SamrQueryDisplayInformation3 SamrAddMultipleMembersToAlias \
         SamrRemoveMultipleMembersFromAlias SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2 \
         SamrGetDomainPasswordInformation SamrConnect2 SamrSetInformationUser2 - - SamrConnect3 SamrConnect4 - \
         SamrConnect5 SamrRidToSid SamrSetDSRMPassword SamrValidatePassword",
    ),
    (
        0x1234_5678_1234_abcd_ef00_0123_4567_89ab,
        "spoolss",
        "RpcEnumPrinters RpcOpenPrinter RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter RpcDeletePrinter \
         RpcSetPrinter RpcGetPrinter RpcAddPrinterDriver RpcEnumPrinterDrivers RpcGetPrinterDriver \
         RpcGetPrinterDriverDirectory RpcDeletePrinterDriver RpcAddPrintProcessor RpcEnumPrintProcessors \
         RpcGetPrintProcessorDirectory RpcStartDocPrinter RpcStartPagePrinter RpcWritePrinter RpcEndPagePrinter \
         RpcAbortPrinter RpcReadPrinter RpcEndDocPrinter RpcAddJob RpcScheduleJob RpcGetPrinterData \
         RpcSetPrinterData RpcWaitForPrinterChange RpcClosePrinter RpcAddForm RpcDeleteForm RpcGetForm RpcSetForm \
         RpcEnumForms RpcEnumPorts RpcEnumMonitors - - - - - - - - - - - - - - - - - - - \
         RpcFindClosePrinterChangeNotification - RpcReplyOpenPrinter - - - \
         RpcRemoteFindFirstPrinterChangeNotification - - RpcRemoteFindFirstPrinterChangeNotificationEx - - - \
         RpcOpenPrinterEx RpcAddPrinterEx - - - - - - - - - - - - - RpcDeletePrinterDriverEx - - - - \
         RpcAddPrinterDriverEx",
    ),
    (
        0x4b32_4fc8_1670_01d3_1278_5a47_bf6e_e188,
        "srvsvc",
        "- - - - - - - - NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose NetrSessionEnum \
         NetrSessionDel NetrShareAdd NetrShareEnum NetrShareGetInfo NetrShareSetInfo NetrShareDel \
         NetrShareDelSticky NetrShareCheck NetrServerGetInfo NetrServerSetInfo NetrServerDiskEnum \
         NetrServerStatisticsGet NetrServerTransportAdd NetrServerTransportEnum NetrServerTransportDel \
         NetrRemoteTOD - NetprPathType NetprPathCanonicalize NetprPathCompare NetprNameValidate \
         NetprNameCanonicalize NetprNameCompare NetrShareEnumSticky NetrShareDelStart NetrShareDelCommit \
         NetrpGetFileSecurity NetrpSetFileSecurity NetrServerTransportAddEx",
    ),
    (
        0x367a_bb81_9844_35f1_ad32_98f0_3800_1003,
        "svcctl",
        "CloseServiceHandle ControlService DeleteService LockServiceDatabase QueryServiceObjectSecurity \
         SetServiceObjectSecurity QueryServiceStatus SetServiceStatus UnlockServiceDatabase \
         NotifyBootConfigStatus SetServiceBitsW ChangeServiceConfigW CreateServiceW EnumDependentServicesW \
         EnumServicesStatusW OpenSCManagerW OpenServiceW QueryServiceConfigW QueryServiceLockStatusW \
         StartServiceW GetServiceDisplayNameW GetServiceKeyNameW SetServiceBitsA ChangeServiceConfigA \
         CreateServiceA EnumDependentServicesA EnumServicesStatusA OpenSCManagerA OpenServiceA \
         QueryServiceConfigA QueryServiceLockStatusA StartServiceA GetServiceDisplayNameA GetServiceKeyNameA \
         GetCurrentGroupStateW EnumServiceGroupW ChangeServiceConfig2A ChangeServiceConfig2W QueryServiceConfig2A \
         QueryServiceConfig2W QueryServiceStatusEx EnumServicesStatusExA EnumServicesStatusExW - \
         CreateServiceWOW64A CreateServiceWOW64W - NotifyServiceStatusChange GetNotifyResults CloseNotifyHandle \
         ControlServiceExA ControlServiceExW - - - - QueryServiceConfigEx - - - CreateWowService - - - \
         OpenSCManager2",
    ),
    (
        0x338c_d001_2244_31f1_aaaa_9000_3800_1003,
        "winreg",
        "OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers BaseRegCloseKey \
         BaseRegCreateKey BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey BaseRegEnumValue BaseRegFlushKey \
         BaseRegGetKeySecurity BaseRegLoadKey - BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue \
         BaseRegReplaceKey BaseRegRestoreKey BaseRegSaveKey BaseRegSetKeySecurity BaseRegSetValue \
         BaseRegUnLoadKey - - BaseRegGetVersion OpenCurrentConfig - BaseRegQueryMultipleValues - BaseRegSaveKeyEx \
         OpenPerformanceText OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx",
    ),
    (
        0x6bff_d098_a112_3610_9833_46c3_f87e_345a,
        "wkssvc",
        "NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum - - NetrWkstaTransportEnum NetrWkstaTransportAdd \
         NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum - NetrWorkstationStatisticsGet - \
         - - - - - NetrGetJoinInformation - NetrJoinDomain2 NetrUnjoinDomain2 NetrRenameMachineInDomain2 \
         NetrValidateName2 NetrGetJoinableOUs2 NetrAddAlternateComputerName NetrRemoveAlternateComputerName \
         NetrSetPrimaryComputerName NetrEnumerateComputerNames",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_documents() {
        let samr = 0x1234_5778_1234_abcd_ef00_0123_4567_89ac_u128.to_be_bytes();
        for (number, name) in [
            (0, "SamrConnect"),
            (13, "SamrEnumerateUsersInDomain"),
            (64, "SamrConnect5"),
            (67, "SamrValidatePassword"),
        ] {
            assert_eq!(operation(&samr, number), Some(name));
        }
        let netlogon = 0x1234_5678_1234_abcd_ef00_0123_4567_cffb_u128.to_be_bytes();
        for (number, name) in [
            (4, "NetrServerReqChallenge"),
            (26, "NetrServerAuthenticate3"),
            (30, "NetrServerPasswordSet2"),
            (39, "NetrLogonSamLogonEx"),
        ] {
            assert_eq!(operation(&netlogon, number), Some(name));
        }
        let svcctl = 0x367a_bb81_9844_35f1_ad32_98f0_3800_1003_u128.to_be_bytes();
        for (number, name) in [
            (12, "CreateServiceW"),
            (19, "StartServiceW"),
            (45, "CreateServiceWOW64W"),
            (64, "OpenSCManager2"),
        ] {
            assert_eq!(operation(&svcctl, number), Some(name));
        }
        assert_eq!(operation(&svcctl, 43), None);
        assert_eq!(operation(&svcctl, 999), None);
        assert_eq!(service(&[0; 16]), None);
    }

    #[test]
    fn no_interface_stands_twice() {
        let mut known: Vec<_> = INTERFACES.iter().map(|(uuid, ..)| uuid).collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), INTERFACES.len());
    }
}
