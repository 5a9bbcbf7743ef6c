"""The words that stand behind a judgement, in Chinese (both ways of writing), English, Japanese, Korean and Spanish.

danger and urgent are urgent by themselves; high and late make it high, two of them urgent. angry, bad and good are moods,
closing says that nothing more is wanted, and nothing takes a phrase out that only looks like one of the others. A line with bars has phrases between them, one without has
words between spaces, and `_` for a space inside.
"""

from __future__ import annotations

from collections.abc import Mapping

from guanxi.judging.model import Meaning

LANGUAGES = ("zh", "en", "ja", "ko", "es")  # of the lines of each meaning, in their order
WORDS: Mapping[Meaning, str] = {
    "danger": """
过敏 過敏 受伤 受傷 流血 着火 起火 冒烟 冒煙 爆炸 漏电 漏電 触电 觸電 中毒 烫伤 燙傷 送医院 送醫院
allergic | injured | bleeding | caught fire | on fire | smoke | exploded | electric shock | poisoned | burned me | burnt me | hospital
アレルギー 怪我 けが 出血 火が出 煙が 発火 爆発 感電 やけど 火傷 病院
알레르기 다쳤 부상 출혈 불이_났 불났 연기 폭발 감전 화상 병원
alérgic | alergia | herid | sangra | se incendió | humo | explot | descarga eléctrica | quemadura | hospital
""",
    "urgent": """
12315 12345 3.15 消协 消協 消费者协会 消費者協會 消保官 工商局 市场监管 律师 律師 律师函 起诉 起訴 法院 报警 報警 曝光 媒体曝光 媒體曝光 仲裁 诈骗 詐騙
lawyer | attorney | legal action | take you to court | sue you | going to sue | police | chargeback | trading standards | consumer protection | small claims | fraud
弁護士 訴え 訴訟 警察 消費者センター 消費生活センター 国民生活センター 詐欺 法的措置
변호사 고소 소송 경찰 소비자원 소비자보호원 사기 법적
abogad | demandar | denuncia | policía | consumo | profeco | estafa | juicio
""",
    "high": """
投诉 投訴 客訴 申诉 申訴 退款 退费 退費 退钱 退錢 差评 差評 给差评 赔偿 賠償 赔钱 紧急 緊急 急用 着急 加急 急急 马上 馬上 立刻 尽快 儘快 快点 快點 第三次 第三遍 第四次 好几次了 好幾次了 最后一次 最後一次 坏了 壞了 碎了 碎的 破了 发错 發錯 寄错 寄錯 少发 少發 假货 假貨 被盗 被盜 盗刷 盜刷 重复扣款 重複扣款
refund | money back | complaint | complain | bad review | one star | compensation | urgent | urgently | asap | as soon as possible | immediately | right now | emergency | third time | fourth time | how many times | last time i | broken | damaged | shattered | wrong item | wrong size | wrong order | missing item | counterfeit | stolen | charged twice | double charged | unauthorized
返金 クレーム 苦情 低評価 賠償 弁償 至急 緊急 急いで 急ぎ 今すぐ 早急 三回目 3回目 三度目 何度も 壊れ 割れ 破損 違う商品 商品が違 届いたものが違 偽物 盗まれ 二重請求 不良品
환불 컴플레인 불만 민원 별점 보상 배상 긴급 급해 급합 빨리 당장 즉시 세번째 세_번째 몇번째 몇_번째 고장 깨졌 깨져 파손 오배송 잘못_왔 가짜 도난 이중_결제 불량
reembolso | devolución del dinero | devuelvan el dinero | devuélvanme | queja | reclamación | reclamo | mala reseña | compensación | urgente | cuanto antes | inmediatamente | ahora mismo | tercera vez | cuarta vez | cuántas veces | roto | rota | dañad | equivocad | falsific | robad | cobraron dos veces | cobrado dos veces
""",
    "late": """
还没收到 還沒收到 没收到货 沒收到貨 没有收到 沒有收到 还没发货 還沒發貨 还不发货 還不發貨 还没到 還沒到 还没出货 還沒出貨 怎么还没 怎麼還沒 超时 逾期 一直不动 一直不動 延误 延誤 晚了 迟迟 遲遲
not arrived | hasn't arrived | has not arrived | haven't received | have not received | never arrived | never received | still waiting | overdue | still no | where is my order | where's my order | days late | is late | delayed | no answer
まだ届 届いていません 届かない 届きません 遅れて 遅延 まだですか まだ発送 音沙汰
아직_안_왔 아직_안왔 안_왔어요 아직도_못_받았 도착하지_않 지연 늦어 언제까지_기다
no ha llegado | no llega | no he recibido | sigo esperando | retras | dónde está mi pedido | todavía no | aún no
""",
    "angry": """
骗子 騙子 骗人 騙人 垃圾 气死 氣死 太差 极差 極差 最差 恶心 噁心 无耻 無恥 忽悠 坑人 太过分 太過分 什么态度 什麼態度 受不了 忍无可忍 忍無可忍 混蛋 滚 再也不 敷衍 踢皮球
scam | scammers | terrible | horrible | worst | ridiculous | unacceptable | disgusting | furious | angry | outrageous | pathetic | useless | joke of a | fed up | sick of | never again | liars | rip off | ripoff | garbage | awful | a disgrace
最悪 ふざけ 許せ 怒って 怒り 腹が立 馬鹿に いい加減 ありえない あり得ない 二度と 詐欺師 ひどい 酷い
최악 화나 화가 짜증 장난하 어이없 어이가_없 사기꾼 다시는 미친 쓰레기 말도_안
pésim | horrible | terrible | inaceptable | ridícul | indignante | furios | enojad | enfadad | vergüenza | basura | estafadores | peor | harto | harta | nunca más
""",
    "bad": """
失望 不满 不滿 不满意 不滿意 等了很久 等很久 等好久 等了好久 等太久 太慢 好慢 没人理 沒人理 没人回 沒人回 不回复 不回覆 怎么回事 怎麼回事 到底 麻烦死 无语 無語 糟糕 难用 難用 不好用 后悔 後悔 焦急 急死 担心 擔心 人呢
disappointed | disappointing | unhappy | annoyed | annoying | frustrated | frustrating | too slow | waited so long | waiting for hours | waiting for days | nobody answers | nobody replies | no one answers | no one replies | ignored | ignoring me | hello?? | upset | worried | poor service | bad service | doesn't work | does not work | regret
残念 がっかり 不満 遅い 遅すぎ 待たされ ずっと待って 返事がない 返信がない 無視 困って 困り 心配 使えない 不安
실망 불만족 너무_느 답답 기다렸 답이_없 답장이_없 무시 걱정 속상 후회 안_되네요 별로
decepcion | molest | frustrad | muy lento | lentísim | nadie responde | nadie contesta | me ignoran | preocupad | mal servicio | no funciona | mala atención | triste
""",
    "good": """
谢谢 謝謝 感谢 感謝 太好了 很好 非常好 满意 滿意 喜欢 喜歡 完美 好棒 棒 赞 讚 厉害 厲害 开心 開心 收到了 解决了 解決了 辛苦了
thank you | thanks | thank u | thx | great | awesome | perfect | excellent | love it | love this | loved it | amazing | wonderful | happy with | very happy | satisfied | appreciate | helpful | works now | solved | fantastic | good job
ありがと 嬉しい うれしい 助かり 助かる 素晴らし 最高 満足 気に入 解決しま 完璧 感謝
감사 고마워 고맙 좋아요 좋네요 최고 만족 완벽 해결됐 해결되 마음에_들 훌륭
gracias | genial | perfecto | excelente | me encanta | encantad | maravillos | satisfech | content | feliz | solucionad | buen servicio | muy bien
""",
    "closing": """
好的 好滴 好哒 知道了 明白 收到 没事了 沒事了 不用了 没问题了 沒問題了 再见 再見 拜拜 嗯嗯
ok | okay | got it | no worries | never mind | nevermind | all good | that's all | that is all | bye | goodbye | noted
了解 承知 大丈夫です 結構です わかりました 分かりました 失礼します
알겠습니다 알겠어요 네네 괜찮아요 괜찮습니다 수고하세요
vale | de acuerdo | entendido | está bien | no hay problema | adiós | eso es todo
""",
    "nothing": """
退款政策 退款规则 退款規則 退款流程 退费政策 退費政策 不着急 不急 不用急 没有投诉 慢慢来 慢慢來 投诉电话是 收到货后
refund policy | return policy | refunds policy | complaint form | no rush | not urgent | no hurry | i'm not angry | smoke grey | smoke gray | smoke color | police blue | unbroken | hospital bed | hospital bag | content of | great wall | consumos
返金ポリシー 返金規定 急ぎません 急いでいません 病院用 スモーク 感謝祭
환불_정책 환불_규정 급하지_않 안_급 천천히
política de reembolso | sin prisa | no es urgente | no hay prisa | contento de verte | consumo eléctrico | consumo de
""",
}
