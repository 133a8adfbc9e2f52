import { bool, type Infer, message, string } from '../schema.ts'

export const DefaultPrincipalData = message(
  'DefaultPrincipalData',
  { versions: '0', flexible: '0+' },
  {
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  },
)
export type DefaultPrincipalDataData = Infer<typeof DefaultPrincipalData>
