import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { loadTheme } from './kit/theme.ts'
import './style/tokens.css'
import './style/base.css'
import './style/shell.css'
import './style/controls.css'
import './style/table.css'
import './style/overlays.css'
import './style/chart.css'

loadTheme()
const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
