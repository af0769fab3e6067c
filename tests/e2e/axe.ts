/** What axe finds on a page by the rules of WCAG 2.2 AA, none switched off. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Of the whole page, or only of what lies within a selector. */
export async function findings(page: Page, within?: string): Promise<readonly string[]> {
  const builder = new AxeBuilder({ page }).withTags(TAGS);
  const { violations } = await (within === undefined ? builder : builder.include(within)).analyze();
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => `${node.target.join(" ")} ${node.html.slice(0, 200)}`).slice(0, 3).join(" | ")}`);
}
