"""Programs that lab hosts run as clients where Debian has no ready tool; standard library only."""
