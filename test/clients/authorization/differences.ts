/** Cases that the two brokers answer otherwise, and why it stays so. */
export const DIFFERENCES: Readonly<Record<string, string>> = {}
