import { array, bool, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema.ts'

export const DescribeConfigsRequest = message(
  'DescribeConfigsRequest',
  { versions: '1-4', flexible: '4+' },
  {
    resources: array(
      struct({
        resourceType: int8(),
        resourceName: string(),
        configurationKeys: array(string(), { nullable: '0+' }),
      }),
    ),
    includeSynonyms: bool({ default: false }),
    includeDocumentation: bool({ versions: '3+', default: false }),
  },
)
export type DescribeConfigsRequestData = Infer<typeof DescribeConfigsRequest>

export const DescribeConfigsResponse = message(
  'DescribeConfigsResponse',
  { versions: '1-4', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    results: array(
      struct({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
        resourceType: int8(),
        resourceName: string(),
        configs: array(
          struct({
            name: string(),
            value: string({ nullable: '0+' }),
            readOnly: bool(),
            configSource: int8({ default: -1 }),
            isSensitive: bool(),
            synonyms: array(
              struct({
                name: string(),
                value: string({ nullable: '0+' }),
                source: int8(),
              }),
            ),
            configType: int8({ versions: '3+' }),
            documentation: string({ versions: '3+', nullable: '0+' }),
          }),
        ),
      }),
    ),
  },
)
export type DescribeConfigsResponseData = Infer<typeof DescribeConfigsResponse>
export type DescribeConfigsResponseInput = Input<typeof DescribeConfigsResponse>
