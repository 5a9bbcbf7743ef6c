/** The desk starts here. */
import { createApp } from "vue"
import App from "./app.vue"
import "./design/base.css"
import { refuseHugePastes } from "./design/huge-paste.ts"
import { placeSprite } from "./design/icons.ts"
import { say } from "./design/toast.ts"
import { router } from "./routes.ts"
import { language, nearest, speak, t } from "./words/index.ts"

placeSprite()
await speak(nearest(localStorage.getItem("guanxi.language"), ...navigator.languages))
const number = (value: number) => new Intl.NumberFormat(language.value).format(value)
refuseHugePastes((signs, most) => say(t("composer.huge", { count: number(signs), most: number(most) })))
createApp(App).use(router).mount("#app")
