/** The icons we use, drawn by Lucide (ISC), gathered into one sprite so that an icon in a row costs one `<use>`. */
import appWindow from "lucide-static/icons/app-window.svg?raw"
import archive from "lucide-static/icons/archive.svg?raw"
import arrowDown from "lucide-static/icons/arrow-down.svg?raw"
import arrowLeft from "lucide-static/icons/arrow-left.svg?raw"
import arrowRight from "lucide-static/icons/arrow-right.svg?raw"
import arrowRightLeft from "lucide-static/icons/arrow-right-left.svg?raw"
import arrowUp from "lucide-static/icons/arrow-up.svg?raw"
import atSign from "lucide-static/icons/at-sign.svg?raw"
import ban from "lucide-static/icons/ban.svg?raw"
import bell from "lucide-static/icons/bell.svg?raw"
import bellOff from "lucide-static/icons/bell-off.svg?raw"
import building2 from "lucide-static/icons/building-2.svg?raw"
import calendar from "lucide-static/icons/calendar.svg?raw"
import chartColumn from "lucide-static/icons/chart-column.svg?raw"
import check from "lucide-static/icons/check.svg?raw"
import checkCheck from "lucide-static/icons/check-check.svg?raw"
import chevronDown from "lucide-static/icons/chevron-down.svg?raw"
import chevronLeft from "lucide-static/icons/chevron-left.svg?raw"
import chevronRight from "lucide-static/icons/chevron-right.svg?raw"
import chevronUp from "lucide-static/icons/chevron-up.svg?raw"
import chevronsDown from "lucide-static/icons/chevrons-down.svg?raw"
import chevronsUp from "lucide-static/icons/chevrons-up.svg?raw"
import circle from "lucide-static/icons/circle.svg?raw"
import circleAlert from "lucide-static/icons/circle-alert.svg?raw"
import circleCheck from "lucide-static/icons/circle-check.svg?raw"
import circleQuestionMark from "lucide-static/icons/circle-question-mark.svg?raw"
import clock from "lucide-static/icons/clock.svg?raw"
import codeXml from "lucide-static/icons/code-xml.svg?raw"
import columns2 from "lucide-static/icons/columns-2.svg?raw"
import command from "lucide-static/icons/command.svg?raw"
import contactRound from "lucide-static/icons/contact-round.svg?raw"
import copy from "lucide-static/icons/copy.svg?raw"
import cornerDownLeft from "lucide-static/icons/corner-down-left.svg?raw"
import download from "lucide-static/icons/download.svg?raw"
import ellipsis from "lucide-static/icons/ellipsis.svg?raw"
import externalLink from "lucide-static/icons/external-link.svg?raw"
import eye from "lucide-static/icons/eye.svg?raw"
import eyeOff from "lucide-static/icons/eye-off.svg?raw"
import file from "lucide-static/icons/file.svg?raw"
import fileText from "lucide-static/icons/file-text.svg?raw"
import galleryVertical from "lucide-static/icons/gallery-vertical.svg?raw"
import globe from "lucide-static/icons/globe.svg?raw"
import gripVertical from "lucide-static/icons/grip-vertical.svg?raw"
import image from "lucide-static/icons/image.svg?raw"
import inbox from "lucide-static/icons/inbox.svg?raw"
import info from "lucide-static/icons/info.svg?raw"
import keyRound from "lucide-static/icons/key-round.svg?raw"
import keyboard from "lucide-static/icons/keyboard.svg?raw"
import languages from "lucide-static/icons/languages.svg?raw"
import link from "lucide-static/icons/link.svg?raw"
import listChecks from "lucide-static/icons/list-checks.svg?raw"
import listOrdered from "lucide-static/icons/list-ordered.svg?raw"
import listFilter from "lucide-static/icons/list-filter.svg?raw"
import lock from "lucide-static/icons/lock.svg?raw"
import logOut from "lucide-static/icons/log-out.svg?raw"
import mail from "lucide-static/icons/mail.svg?raw"
import mapPin from "lucide-static/icons/map-pin.svg?raw"
import merge from "lucide-static/icons/merge.svg?raw"
import messageSquare from "lucide-static/icons/message-square.svg?raw"
import messageSquareText from "lucide-static/icons/message-square-text.svg?raw"
import mic from "lucide-static/icons/mic.svg?raw"
import monitor from "lucide-static/icons/monitor.svg?raw"
import moon from "lucide-static/icons/moon.svg?raw"
import panelRight from "lucide-static/icons/panel-right.svg?raw"
import paperclip from "lucide-static/icons/paperclip.svg?raw"
import pause from "lucide-static/icons/pause.svg?raw"
import pencil from "lucide-static/icons/pencil.svg?raw"
import phone from "lucide-static/icons/phone.svg?raw"
import play from "lucide-static/icons/play.svg?raw"
import plug from "lucide-static/icons/plug.svg?raw"
import plus from "lucide-static/icons/plus.svg?raw"
import qrCode from "lucide-static/icons/qr-code.svg?raw"
import refreshCw from "lucide-static/icons/refresh-cw.svg?raw"
import rotateCcw from "lucide-static/icons/rotate-ccw.svg?raw"
import search from "lucide-static/icons/search.svg?raw"
import sendHorizontal from "lucide-static/icons/send-horizontal.svg?raw"
import settings from "lucide-static/icons/settings.svg?raw"
import shieldCheck from "lucide-static/icons/shield-check.svg?raw"
import smile from "lucide-static/icons/smile.svg?raw"
import stickyNote from "lucide-static/icons/sticky-note.svg?raw"
import sun from "lucide-static/icons/sun.svg?raw"
import split from "lucide-static/icons/split.svg?raw"
import star from "lucide-static/icons/star.svg?raw"
import tag from "lucide-static/icons/tag.svg?raw"
import trash2 from "lucide-static/icons/trash-2.svg?raw"
import triangleAlert from "lucide-static/icons/triangle-alert.svg?raw"
import upload from "lucide-static/icons/upload.svg?raw"
import user from "lucide-static/icons/user.svg?raw"
import userPlus from "lucide-static/icons/user-plus.svg?raw"
import users from "lucide-static/icons/users.svg?raw"
import video from "lucide-static/icons/video.svg?raw"
import volume2 from "lucide-static/icons/volume-2.svg?raw"
import wifiOff from "lucide-static/icons/wifi-off.svg?raw"
import x from "lucide-static/icons/x.svg?raw"
import zap from "lucide-static/icons/zap.svg?raw"
import zoomIn from "lucide-static/icons/zoom-in.svg?raw"
import zoomOut from "lucide-static/icons/zoom-out.svg?raw"

const drawings = {
  "app-window": appWindow,
  archive,
  "arrow-down": arrowDown,
  "arrow-left": arrowLeft,
  "arrow-right": arrowRight,
  "arrow-right-left": arrowRightLeft,
  "arrow-up": arrowUp,
  "at-sign": atSign,
  ban,
  bell,
  "bell-off": bellOff,
  "building-2": building2,
  calendar,
  "chart-column": chartColumn,
  check,
  "check-check": checkCheck,
  "chevron-down": chevronDown,
  "chevron-left": chevronLeft,
  "chevron-right": chevronRight,
  "chevron-up": chevronUp,
  "chevrons-down": chevronsDown,
  "chevrons-up": chevronsUp,
  circle,
  "circle-alert": circleAlert,
  "circle-check": circleCheck,
  "circle-question-mark": circleQuestionMark,
  clock,
  "code-xml": codeXml,
  "columns-2": columns2,
  command,
  "contact-round": contactRound,
  copy,
  "corner-down-left": cornerDownLeft,
  download,
  ellipsis,
  "external-link": externalLink,
  eye,
  "eye-off": eyeOff,
  file,
  "file-text": fileText,
  "gallery-vertical": galleryVertical,
  globe,
  "grip-vertical": gripVertical,
  image,
  inbox,
  info,
  "key-round": keyRound,
  keyboard,
  languages,
  link,
  "list-checks": listChecks,
  "list-filter": listFilter,
  "list-ordered": listOrdered,
  lock,
  "log-out": logOut,
  mail,
  "map-pin": mapPin,
  merge,
  "message-square": messageSquare,
  "message-square-text": messageSquareText,
  mic,
  monitor,
  moon,
  "panel-right": panelRight,
  paperclip,
  pause,
  pencil,
  phone,
  play,
  plug,
  plus,
  "qr-code": qrCode,
  "refresh-cw": refreshCw,
  "rotate-ccw": rotateCcw,
  search,
  "send-horizontal": sendHorizontal,
  settings,
  "shield-check": shieldCheck,
  smile,
  "sticky-note": stickyNote,
  sun,
  split,
  star,
  tag,
  "trash-2": trash2,
  "triangle-alert": triangleAlert,
  upload,
  user,
  "user-plus": userPlus,
  users,
  video,
  "volume-2": volume2,
  "wifi-off": wifiOff,
  x,
  zap,
  "zoom-in": zoomIn,
  "zoom-out": zoomOut,
}

export type IconName = keyof typeof drawings

/** Puts the sprite into the page, once. */
export function placeSprite(): void {
  const symbols = Object.entries(drawings).map(([name, svg]) => {
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
    return `<symbol id="icon-${name}" viewBox="0 0 24 24">${shapes}</symbol>`
  })
  const holder = document.createElement("div")
  holder.hidden = true
  holder.innerHTML = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`
  document.body.prepend(holder)
}
