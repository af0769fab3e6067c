"""What the operating system gives as its reason, in Vietnamese: the C library speaks English whatever the reader reads."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from types import MappingProxyType

#: By `errno`, so that the English side is the system's own text.
_WORDS = {
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "thao tác không được phép",
    errno.EISDIR: "đây là thư mục",
    errno.ENOTDIR: "đây không phải thư mục",
    errno.EEXIST: "tệp đã tồn tại",
    errno.ENOSPC: "đĩa đã đầy",
    errno.EDQUOT: "đã hết hạn mức đĩa",
    errno.EROFS: "hệ thống tệp chỉ cho đọc",
    errno.EIO: "lỗi đọc ghi thiết bị",
    errno.ENAMETOOLONG: "tên tệp quá dài",
    errno.ELOOP: "liên kết lồng nhau quá nhiều",
    errno.EMFILE: "mở quá nhiều tệp",
    errno.ENOTEMPTY: "thư mục không rỗng",
    errno.EBUSY: "thiết bị hoặc tài nguyên đang bận",
    errno.ECONNREFUSED: "bị từ chối kết nối",
    errno.ECONNRESET: "kết nối bị ngắt",
    errno.ETIMEDOUT: "hết thời gian chờ kết nối",
    errno.EHOSTUNREACH: "không tới được máy",
    errno.ENETUNREACH: "không tới được mạng",
    errno.EADDRINUSE: "địa chỉ đang được dùng",
    errno.ENODEV: "không có thiết bị này",
}

#: Reasons of our own that stand in a sentence.
_OWN = {
    "too many or too large files": "quá nhiều tệp hoặc tệp quá lớn",
    "no file of a policy": "không phải tệp của quy chế",
    "a link": "là liên kết",
    "a link or a device": "là liên kết hoặc thiết bị",
    "twice": "có hai lần",
    "not base64": "không phải base64",
    "it does not exist": "không tồn tại",
    "no audit log in it": "không chứa nhật ký thao tác",
    "no checkpoint as it was written": "không phải điểm kiểm tra nguyên bản",
    "its first line is not the head of an export": "dòng đầu không phải phần đầu của tệp xuất",
    "the part is missing": "thiếu phần này",
    "only overrides stand here": "chỉ được chứa ngày loại override",
}

#: The system's text, and `[Errno 2] the same`, in Vietnamese.
VIETNAMESE: Mapping[str, str] = MappingProxyType(
    {os.strerror(number): words for number, words in _WORDS.items()}
    | {f"[Errno {number}] {os.strerror(number)}": words for number, words in _WORDS.items()}
    | _OWN
)
