/** What people read on the whole path, in both languages: from the page's words, the signed rules and the detection rules. */
const VI = {
  why: "Vì sao có cảnh báo",
  whoAndWhy: "Vì sao giao cho người này",
  compared: "Các phép so sánh đã khớp",
  membersTitle: "Các luật phải cùng khớp",
  taken: "Đã tiếp nhận",
  preview: "Quy chế nói gì với các câu trả lời này",
  title: "Tên sự cố",
  webShell: "Có mã độc webshell",
  yes: "Có",
  open: "Mở sự cố",
  grave: "M2 nghiêm trọng",
  reason: "Mã độc webshell trên máy chủ cấp độ 3 trở lên",
  detected: "Phát hiện",
  acts: "Thao tác với sự cố này",
  states: { confirmed: "Đã xác nhận", contained: "Đã khoanh vùng", eradicated: "Đã loại bỏ", recovered: "Đã khôi phục", closed: "Đã đóng" },
  confirm: "Xác nhận",
  type: "Loại sự cố",
  systemCompromise: "Chiếm hệ thống",
  contain: "Đã khoanh vùng",
  what: "Đã làm gì, lúc nào",
  evidence: "Chứng cứ đã thu trước đó: gì, ở đâu",
  eradicate: "Đã loại bỏ",
  rootCause: "Nguyên nhân gốc, hoặc “chưa rõ, vì …”",
  recover: "Đã khôi phục",
  checked: "Đã kiểm tra những gì",
  operator: "Đơn vị vận hành đồng ý",
  operatorName: "Quản trị hệ thống 1",
  close: "Đóng sự cố",
  resolution: "Kết quả xử lý",
  impact: "Mức ảnh hưởng",
  lessons: "Bài học kinh nghiệm",
  askApproval: "Đề nghị phê duyệt",
  approvals: "Phê duyệt hai bên",
  waits: "Chờ bên thứ hai",
  granted: "Đã phê duyệt",
  approve: "Phê duyệt …",
  carryOut: "Phê duyệt và thực hiện",
  owed: "Phải thông báo cho ai",
  tell: "Đã báo",
  toldTo: "Đã báo cho ai, bằng cách nào (tên, điện thoại, số văn bản)",
  receiptCame: "Đã có xác nhận",
  receipt: "Xác nhận đã nhận: số hoặc tên người xác nhận",
  awaited: "Đã báo, chờ xác nhận",
  done: "Hoàn thành",
  cancelled: "Đã hủy",
  parts: "Các phần của sự cố",
  overview: "Tổng quan",
  reports: "Báo cáo",
  detailed: "BÁO CÁO NGUYÊN NHÂN, PHẠM VI, KHẮC PHỤC",
  closing: "BÁO CÁO KẾT THÚC SỰ CỐ",
  make: /Lập báo cáo này/,
  makeIt: "Lập báo cáo",
  moves: "Các bước đã qua",
  nation: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
  verify: "Kiểm tra toàn bộ chuỗi",
  whole: /^Nhật ký toàn vẹn: (\d+) bản ghi, không bản ghi nào bị sửa, xóa hay chèn thêm\.$/,
  subject: "Đối tượng",
  filter: "Lọc",
  records: "Các bản ghi, mới nhất trước",
};

export type Words = { readonly [Name in keyof typeof VI]: (typeof VI)[Name] };

const EN: Words = {
  why: "Why it fired",
  whoAndWhy: "Why this person",
  compared: "Comparisons that held",
  membersTitle: "Rules that had to fire",
  taken: "Taken",
  preview: "What the rules say of these answers",
  title: "Title",
  webShell: "A web-shell was found",
  yes: "Yes",
  open: "Open the incident",
  grave: "M2 serious",
  reason: "Web-shell on a server of level 3 and above",
  detected: "Detected",
  acts: "Acts on this incident",
  states: { confirmed: "Confirmed", contained: "Contained", eradicated: "Eradicated", recovered: "Recovered", closed: "Closed" },
  confirm: "Confirm",
  type: "Kind of incident",
  systemCompromise: "System compromise",
  contain: "Contained",
  what: "What was done, and when",
  evidence: "Evidence captured before: what and where",
  eradicate: "Eradicated",
  rootCause: "Root cause, or “unknown, because …”",
  recover: "Recovered",
  checked: "What was checked",
  operator: "Operator who agrees",
  operatorName: "Operations administrator 1",
  close: "Close",
  resolution: "Resolution",
  impact: "Impact",
  lessons: "Lessons learned",
  askApproval: "Ask for approval",
  approvals: "Two-party approvals",
  waits: "Waits for the second party",
  granted: "Granted",
  approve: "Approve …",
  carryOut: "Approve and carry out",
  owed: "Who must be told",
  tell: "Told",
  toldTo: "Who was told, and how (name, telephone, document number)",
  receiptCame: "Receipt came",
  receipt: "Receipt: the number or the name under which they confirmed",
  awaited: "Told, receipt awaited",
  done: "Done",
  cancelled: "Cancelled",
  parts: "Parts of the incident",
  overview: "Overview",
  reports: "Reports",
  detailed: "REPORT OF CAUSE, SCOPE AND REMEDIES",
  closing: "CLOSING REPORT",
  make: /Make this report/,
  makeIt: "Make the report",
  moves: "Its steps so far",
  nation: "SOCIALIST REPUBLIC OF VIET NAM",
  verify: "Verify the chain",
  whole: /^The log is whole: (\d+) records?, nothing changed, removed or inserted\.$/,
  subject: "Subject",
  filter: "Filter",
  records: "Records, newest first",
};

export const WORDS = { vi: VI, en: EN } as const;

/** Of the signed rules (obligations.yaml, basis.yaml): whom they name for M2, hours after which point, and on what basis. */
const SEVERE = {
  vi: {
    internal: "Căn cứ: giả định nội bộ, chưa có văn bản quy định (nghĩa vụ thông báo nội bộ)",
    decree: "Căn cứ: điểm d khoản 2 Điều 31 Nghị định 331/2026/NĐ-CP",
    decree333: "Căn cứ: Điều 9 Nghị định 333/2026/NĐ-CP",
    leader: "Đội ứng cứu sự cố (đội trưởng)",
    police: "Công an thành phố (trực ban)",
    intake: "Công an thành phố (nơi tiếp nhận)",
    owner: "Chủ quản hệ thống thông tin vp-ubnd",
  },
  en: {
    internal: "Basis: internal assumption, no legal text (internal notices)",
    decree: "Basis: Decree 331/2026, Article 31.2.d",
    decree333: "Basis: Decree 333/2026, Article 9",
    leader: "Response team (leader)",
    police: "City Police (duty officer)",
    intake: "City Police (intake)",
    owner: "System owner vp-ubnd",
  },
} as const;

export interface Owed {
  readonly code: string;
  readonly recipient: string;
  readonly basis: string;
  /** Hours after the detection; undefined: it runs from another point. */
  readonly hours?: number;
}

/** What is owed from the moment an M2 incident is opened. */
export function owedAtOnce(language: "vi" | "en"): readonly Owed[] {
  const { internal, decree, leader, police, intake, owner } = SEVERE[language];
  const outside = [intake, owner];
  return [
    { code: "TL", recipient: leader, basis: internal },
    { code: "TL", recipient: police, basis: internal },
    ...outside.map((recipient) => ({ code: "IN", recipient, basis: decree, hours: 24 })),
    ...outside.map((recipient) => ({ code: "FR", recipient, basis: decree, hours: 72 })),
    ...outside.map((recipient) => ({ code: "U2", recipient, basis: decree, hours: 144 })),
  ];
}

/** What is owed besides once the systems have recovered. */
export function owedInTheEnd(language: "vi" | "en"): readonly Owed[] {
  const { decree333, intake, owner } = SEVERE[language];
  return [intake, owner].map((recipient) => ({ code: "CL", recipient, basis: decree333 }));
}
