/** What the controller can be asked about topics: see Manager. */
// biome-ignore lint/suspicious/noEmptyInterface: its entries come with the topic manager
export interface TopicCommands {}
