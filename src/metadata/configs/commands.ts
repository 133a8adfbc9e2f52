/** What the controller can be asked about configs: see Manager. */
// biome-ignore lint/suspicious/noEmptyInterface: its entries come with the config manager
export interface ConfigCommands {}
