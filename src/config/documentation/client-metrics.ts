export const CLIENT_METRICS_TEXTS = {
  'interval.ms': 'How often clients push the metrics.',
  match: 'Which clients are meant: pairs of a property and a regular expression; all where it is empty.',
  metrics: 'What the names of the wanted metrics begin with; * is every metric.',
} as const
