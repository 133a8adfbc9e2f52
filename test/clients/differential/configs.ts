import { everyVersion, type Step } from './step.ts'

const TOPIC = 2
const BROKER = 4
const resource = (resourceType: number, resourceName: string, configurationKeys: string[] | null = null) => ({
  resourceType,
  resourceName,
  configurationKeys,
})

export const describeConfigs: Step[] = everyVersion(
  'DescribeConfigs',
  { min: 1, max: 4 },
  {
    'all of a topic': () => ({
      resources: [resource(TOPIC, 'plain')],
      includeSynonyms: true,
      includeDocumentation: true,
    }),
    'all of a topic with its own settings': () => ({
      resources: [resource(TOPIC, 'configs-7')],
      includeSynonyms: true,
    }),
    'some of a topic': () => ({ resources: [resource(TOPIC, 'plain', ['retention.ms', 'no.such', 'cleanup.policy'])] }),
    'none of a topic': () => ({ resources: [resource(TOPIC, 'plain', [])] }),
    'all of the broker': () => ({ resources: [resource(BROKER, '1')], includeSynonyms: true }),
    'all of all brokers': () => ({ resources: [resource(BROKER, '')], includeSynonyms: true }),
    'of what is not there': () => ({
      resources: [
        resource(TOPIC, 'nowhere'),
        resource(TOPIC, 'a b'),
        resource(BROKER, '9'),
        resource(BROKER, 'x'),
        resource(99, 'y'),
      ],
    }),
  },
)

const change = (name: string, configOperation: number, value: string | null) => ({ name, configOperation, value })
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]
const altered = (resourceName: string, ...configs: object[]) => ({ resourceType: TOPIC, resourceName, configs })

export const alterConfigs: Step[] = [
  ...everyVersion(
    'IncrementalAlterConfigs',
    { min: 0, max: 1 },
    {
      'set and append': () => ({
        resources: [altered('wide', change('retention.ms', SET, '2000'), change('cleanup.policy', APPEND, 'compact'))],
      }),
      'subtract and delete': () => ({
        resources: [
          altered('wide', change('cleanup.policy', SUBTRACT, 'delete'), change('retention.ms', DELETE, null)),
        ],
      }),
      'bad values': () => ({ resources: [altered('wide', change('retention.ms', SET, 'soon'))] }),
      'an unknown config': () => ({ resources: [altered('wide', change('no.such.config', SET, '1'))] }),
      'an unknown operation': () => ({ resources: [altered('wide', change('retention.ms', 9, '1'))] }),
      'append to a number': () => ({ resources: [altered('wide', change('retention.ms', APPEND, '1'))] }),
      null: () => ({ resources: [altered('wide', change('retention.ms', SET, null))] }),
      'the same config twice': () => ({
        resources: [altered('wide', change('retention.ms', SET, '1'), change('retention.ms', SET, '2'))],
      }),
      'the same topic twice': () => ({
        resources: [altered('wide', change('retention.ms', SET, '1')), altered('wide', change('segment.ms', SET, '2'))],
      }),
      'an unknown topic': () => ({ resources: [altered('nowhere', change('retention.ms', SET, '1'))] }),
      'only validated': () => ({ resources: [altered('wide', change('retention.ms', SET, '77'))], validateOnly: true }),
      nothing: () => ({ resources: [] }),
    },
  ),
  ...everyVersion(
    'DescribeConfigs',
    { min: 4, max: 4 },
    {
      'after the changes': () => ({ resources: [resource(TOPIC, 'wide')], includeSynonyms: true }),
    },
  ),
  ...everyVersion(
    'AlterConfigs',
    { min: 0, max: 2 },
    {
      'replace all': () => ({
        resources: [{ resourceType: TOPIC, resourceName: 'wide', configs: [{ name: 'segment.ms', value: '99000' }] }],
      }),
      'bad value, unknown topic': () => ({
        resources: [
          { resourceType: TOPIC, resourceName: 'wide', configs: [{ name: 'segment.ms', value: 'soon' }] },
          { resourceType: TOPIC, resourceName: 'nowhere', configs: [] },
        ],
      }),
      'only validated': () => ({
        resources: [{ resourceType: TOPIC, resourceName: 'wide', configs: [] }],
        validateOnly: true,
      }),
    },
  ),
  ...everyVersion(
    'DescribeConfigs',
    { min: 4, max: 4 },
    {
      'after all was replaced': () => ({ resources: [resource(TOPIC, 'wide')], includeSynonyms: true }),
    },
  ),
]
