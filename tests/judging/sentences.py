"""Short messages as customers write them, with how urgent each is and the mood that a person would hear in it.

Written by the hand that wrote the word lists, so the figure is what the rules can do at best; the last ones say on purpose
what words cannot understand: irony, thanks for what was done, questions about what might be.
"""

SAID = """
zh | 我要投诉，你们到底管不管 | high | falling
zh | 12315见吧，已经没什么好说的了 | urgent | neutral
zh | 我已经找律师了，等着收律师函 | urgent | neutral
zh | 申请退款三天了没人处理 | high | neutral
zh | 杯子收到就是碎的，要求赔偿 | urgent | neutral
zh | 麻烦尽快发货，周五要用 | high | neutral
zh | 请问有蓝色的吗 | normal | neutral
zh | 好的，谢谢 | low | glad
zh | 这个尺寸是多少厘米？ | normal | neutral
zh | 太好了，非常满意，下次还来 | normal | glad
zh | 骗子，垃圾店 | normal | angry
zh | 你们什么态度，太过分了 | normal | angry
zh | 等了很久都没人回 | normal | angry
zh | 有点失望，和图片不一样 | normal | falling
zh | 不用退款了，我自己能用 | normal | neutral
zh | 退款政策在哪里看 | normal | neutral
zh | 我不是来投诉的，就想问问保修 | normal | neutral
zh | 怎么还不退款？ | high | neutral
zh | 孩子用了以后过敏，已经送医院 | urgent | neutral
zh | 插上电就冒烟了 | urgent | neutral
zh | 第三次问了，到底发不发货 | high | falling
zh | 还没收到货，一直不动 | high | neutral
zh | 知道了 | low | neutral
zh | 发票抬头写公司名可以吗 | normal | neutral
zh | 再不处理我就给差评 | high | neutral
zh | 你好 | normal | neutral
zh | 别着急，慢慢来 | normal | neutral
zh | 忍无可忍，再也不买了 | normal | angry
zh | 已经解决了，感谢 | low | glad
zh | 发错颜色了，要换货 | high | neutral
zh | 银行卡被重复扣款，马上处理 | urgent | neutral
zh | 可以货到付款吗 | normal | neutral
zh | 喜欢，做工很好 | low | glad
zh | 客服人呢？ | normal | falling
zh | 请问周末有人上班吗 | normal | neutral
zh-TW | 我要客訴，寄錯東西了 | urgent | neutral
zh-TW | 可以退費嗎？東西壞了 | urgent | neutral
zh-TW | 請問什麼時候會出貨 | normal | neutral
zh-TW | 謝謝你們，很滿意 | low | glad
zh-TW | 騙人的吧，太過分了 | normal | angry
zh-TW | 還沒收到包裹 | high | neutral
en | I want a refund | high | neutral
en | My lawyer will contact you | urgent | neutral
en | This is the third time I am writing. Nobody answers. | high | falling
en | The mug arrived broken, I want my money back | urgent | neutral
en | Do you ship to Norway? | normal | neutral
en | Thanks a lot, that was helpful! | low | glad
en | ok thanks | low | glad
en | Your service is terrible and you are useless | normal | angry
en | I'm really disappointed with the quality | normal | falling
en | I don't want a refund, just a new lid | normal | neutral
en | What is your refund policy? | normal | neutral
en | No rush, whenever you have time | normal | neutral
en | The charger caught fire last night | urgent | neutral
en | My son is allergic and he is in hospital | urgent | neutral
en | Still waiting for my parcel, it is two weeks late | high | neutral
en | Where is my order? | high | neutral
en | WHERE IS MY ORDER I AM WAITING | high | falling
en | Please answer asap | high | neutral
en | can I change the delivery address | normal | neutral
en | I love this, perfect gift | low | glad
en | this is ridiculous, I am furious | normal | angry
en | You are scammers, I will do a chargeback | urgent | angry
en | You charged me twice, I was charged twice! | high | neutral
en | got it | low | neutral
en | How do I wash it? | normal | neutral
en | I'm not happy with the color | normal | falling
en | wrong item in the box | high | neutral
en | worst shop ever, never again | normal | angry
en | Is the large one in stock? | normal | neutral
en | I was waiting for hours yesterday | normal | falling
en | it works now, thank you so much | low | glad
en | that's all, bye | low | neutral
en | I will file a complaint with consumer protection | urgent | neutral
en | not urgent, but the lid is a bit loose | normal | neutral
en | Could you send me the invoice please | normal | neutral
en | never received it, give me a refund immediately | urgent | neutral
ja | 返金してください | high | neutral
ja | 弁護士に相談します | urgent | neutral
ja | まだ届いていません | high | neutral
ja | 三回目の連絡です。早急に対応してください | urgent | neutral
ja | 在庫はありますか？ | normal | neutral
ja | ありがとうございます、助かりました | low | glad
ja | 最悪の対応です。ふざけないでください | normal | angry
ja | 届いた皿が割れていました | high | neutral
ja | サイズを教えてください | normal | neutral
ja | 急ぎませんのでよろしくお願いします | normal | neutral
ja | 返金は不要です | normal | neutral
ja | コンセントから煙が出ました | urgent | neutral
ja | 消費者センターに連絡します | urgent | neutral
ja | 遅すぎます。がっかりです | normal | angry
ja | 返事がないので困っています | normal | angry
ja | 了解しました | low | neutral
ja | とても気に入りました！ | normal | glad
ja | 商品が違います | high | neutral
ja | 何度も連絡しています | high | neutral
ja | 領収書をお願いします | normal | neutral
ja | 子供がアレルギーで病院に行きました | urgent | neutral
ja | 大丈夫です、ありがとうございました | low | glad
ja | 残念です | normal | falling
ja | 営業時間は何時までですか | normal | neutral
ko | 환불해 주세요 | high | neutral
ko | 변호사와 상담하겠습니다 | urgent | neutral
ko | 아직 안 왔어요 | high | neutral
ko | 재고 있나요? | normal | neutral
ko | 감사합니다, 잘 받았어요 | normal | glad
ko | 정말 최악이네요 짜증나요 | normal | angry
ko | 컵이 깨졌어요, 보상해 주세요 | urgent | neutral
ko | 소비자원에 신고할게요 | urgent | neutral
ko | 실망했어요 | normal | falling
ko | 급하지 않아요 천천히 주세요 | normal | neutral
ko | 환불 규정이 궁금해요 | normal | neutral
ko | 사기꾼이네요 고소합니다 | urgent | angry
ko | 네 알겠습니다 | low | neutral
ko | 마음에 들어요! | low | glad
ko | 배송이 너무 느려요 | normal | falling
ko | 빨리 답해 주세요 | high | neutral
ko | 오배송 됐어요 | high | neutral
ko | 사이즈 교환 되나요? | normal | neutral
ko | 답이 없네요 답답합니다 | normal | angry
ko | 아이가 화상을 입었어요 | urgent | neutral
ko | 문의드립니다 | normal | neutral
es | quiero un reembolso | high | neutral
es | voy a poner una denuncia | urgent | neutral
es | mi abogado se pondrá en contacto | urgent | neutral
es | mi pedido no ha llegado | high | neutral
es | ¿hacen envíos a Canarias? | normal | neutral
es | muchas gracias, excelente atención | low | glad
es | son unos estafadores, pésimo servicio | normal | angry
es | estoy muy decepcionada | normal | falling
es | no quiero un reembolso, solo la tapa | normal | neutral
es | ¿cuál es su política de reembolso? | normal | neutral
es | el cargador explotó anoche | urgent | neutral
es | la taza llegó rota | high | neutral
es | es urgente, respondan cuanto antes | urgent | neutral
es | sin prisa, cuando puedan | normal | neutral
es | vale, gracias | low | glad
es | ¿qué talla me recomienda? | normal | neutral
es | nadie responde, estoy harta | normal | angry
es | me encanta, es perfecto | low | glad
es | es la tercera vez que escribo | high | neutral
es | me cobraron dos veces | high | neutral
es | qué vergüenza de tienda, nunca más | normal | angry
es | ¿a qué hora cierran hoy? | normal | neutral
es | entendido | low | neutral
es | sigo esperando, llevo dos semanas | high | neutral
zh | 退款已经收到了，谢谢 | low | glad
zh | 谢谢啊，等了一个月才到 | normal | falling
zh | 假如不合适能退款吗 | normal | neutral
zh | 你们的投诉电话是多少 | high | neutral
zh | 律师函这种东西你们店有卖吗（道具） | normal | neutral
en | Great, another week without my parcel | high | falling
en | Thanks for nothing | normal | falling
en | If it does not fit, would I get a refund? | normal | neutral
en | My refund came through, thank you | low | glad
en | The police drama mug, is it in stock? | normal | neutral
en | nobody ever gets back to me here | normal | falling
ja | 返金を確認しました、ありがとうございました | low | glad
ja | さすがですね、もう二週間です | high | falling
ko | 환불 받았어요 감사합니다 | low | glad
es | gracias por nada | normal | falling
es | si no me queda bien, ¿hay reembolso? | normal | neutral
"""
MESSAGES = [tuple(part.strip() for part in line.split(" | ")) for line in SAID.strip().splitlines()]
