/** The desk starts here. */
import { createApp } from "vue"
import App from "./app.vue"
import "./design/base.css"
import { placeSprite } from "./design/icons.ts"
import { router } from "./routes.ts"
import { nearest, speak } from "./words/index.ts"

placeSprite()
await speak(nearest(localStorage.getItem("guanxi.language"), ...navigator.languages))
createApp(App).use(router).mount("#app")
