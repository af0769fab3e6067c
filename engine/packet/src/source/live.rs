//! Live frames from an interface (`AF_PACKET`).
