"""What customers and agents say, in four languages, made up with a realistic spread: few words often, many words rarely."""

from __future__ import annotations

from random import Random

LANGUAGES = (("zh", 55), ("en", 18), ("ja", 15), ("ko", 12))

# The first of each are common, the last are rare: a word is drawn by its place.
THINGS = {
    "zh": "茶杯 茶壶 茶叶 盖碗 茶盘 青瓷茶杯 白瓷盖碗 紫砂壶 茶叶罐 公道杯 茶漏 茶巾 礼盒 玻璃杯 保温杯 咖啡杯 餐盘 汤碗 筷子 花瓶 香炉 竹茶则 干泡台 煮茶炉 铁壶 银壶 建盏 汝窑 景泰蓝 螺钿盒",
    "en": "teapot cup cups saucer kettle mug tray glass strainer caddy teaspoon bowl plate vase thermos whisk ladle incense chopsticks gaiwan tenmoku celadon porcelain stoneware infuser lacquerware cloisonne",
    "ja": "急須 湯のみ 茶碗 お皿 マグカップ 茶筒 ティーポット グラス 箸 花瓶 鉄瓶 茶筅 茶杓 お盆 コースター 香炉 小鉢 徳利 おちょこ 水筒 重箱 風呂敷 棗 水指 螺鈿",
    "ko": "찻잔 주전자 접시 머그컵 다기 유리컵 쟁반 젓가락 꽃병 보온병 차통 그릇 다관 향로 사발 찻숟가락 도자기 청자 백자 나전칠기",
}
PLACES = {
    "zh": "上海 北京 广州 深圳 杭州 成都 武汉 南京 西安 重庆 苏州 厦门 长沙 青岛 昆明 大连 哈尔滨 乌鲁木齐 拉萨 三沙",
    "en": "Singapore London Toronto Sydney Berlin Auckland Seattle Dublin Chicago Lisbon Oslo Nairobi Lima Reykjavik",
    "ja": "東京 大阪 名古屋 札幌 福岡 京都 仙台 広島 金沢 那覇 小樽 屋久島",
    "ko": "서울 부산 인천 대구 대전 광주 제주 수원 울산 강릉 여수 울릉도",
}
COLOURS = {
    "zh": "白色 青色 黑色 红色 粉色 天蓝色 米色 墨绿色 藕荷色",
    "en": "white blue black red green pink grey ivory turquoise",
    "ja": "白 青 黒 赤 ピンク 緑 水色 生成り 藍色",
    "ko": "흰색 파란색 검은색 빨간색 분홍색 초록색 회색 하늘색",
}
SAYINGS = {
    "zh": """您好，我想问一下{thing}什么时候发货？|您好，在吗？|好的，谢谢！|请问{thing}还有{colour}的吗？|订单{number}怎么还没有发货？|我要退款，订单号{number}
        |{thing}收到了，但是杯沿有一个小缺口，可以换一个吗？|寄到{place}要几天？|您好，已经为您查询，{thing}预计{small}天内发货。|快递单号是{number}，请注意查收。|可以开发票吗？
        |退款什么时候到账？|亲，{thing}有现货，今天下单今天发。|{colour}的和{colour}的哪个好看？|不好意思，让您久等了|地址写错了，帮我改成{place}，收件人{name}|能便宜一点吗？买{small}个
        |谢谢亲，麻烦给个好评哦|{thing}可以放洗碗机吗？|嗯嗯|我朋友{name}推荐我来的，说你们家的{rare}不错|这个{rare}是手工的吗？|包装破了，{thing}碎了{small}个|优惠券怎么用？
        |您好，退款已经为您申请，{small}个工作日内原路退回。|什么时候有活动？|有没有适合送长辈的{thing}？|尺寸是多少？大概{small}厘米吗|质量很好，下次再来|客服在不在，等了{small}分钟了""",
    "en": """Hello, when will my {thing} ship?|Hi, do you ship to {place}, and how long does it take?|Thanks!|I would like a refund for order {number}.|The {colour} {thing} arrived with a small chip.
        |Your order {number} has been dispatched today.|Can I change the address to {place}? The name is {name}.|Is the {thing} dishwasher safe?|How much is shipping for {small} pieces?|ok
        |Sorry for the wait, I am checking your order now.|My refund has not arrived yet.|Do you have this {thing} in {colour}?|A friend told me about your {rare}.|Where is my parcel? Tracking says {number}.
        |The discount code does not work.|We have refunded the full amount, please allow {small} working days.|Could you send me an invoice?|Great service, thank you {name}!""",
    "ja": """{thing}のサイズを教えてください。|注文番号{number}の発送はいつですか？|こんにちは、{thing}の在庫はありますか？|ありがとうございます。|返品したいのですが、どうすればいいですか？|配送状況を確認してください
        |{colour}の{thing}は再入荷しますか？|{place}まで何日かかりますか？|お待たせいたしました。{small}日以内に発送いたします。|返金はいつ届きますか？|宛名を{name}に変更できますか？|はい、お願いします
        |{thing}が割れていました。交換できますか？|友人から{rare}が良いと聞きました。|ラッピングはできますか？|領収書をください。""",
    "ko": """안녕하세요, {thing} 언제 배송되나요?|주문번호 {number} 확인 부탁드립니다.|환불은 언제 받을 수 있나요?|감사합니다!|{colour} {thing} 재고 있나요?|{place}까지 며칠 걸리나요?|네 알겠습니다
        |{thing} 깨져서 왔어요. 교환 가능한가요?|기다려 주셔서 감사합니다. {small}일 안에 발송하겠습니다.|받는 사람을 {name}으로 바꿔 주세요.|환불 받고 싶어요|친구가 {rare} 추천했어요.|영수증 부탁드려요""",
}
# Said now and then, so that words of two languages meet.
MIXED = (
    "我要refund，订单{number}",
    "这个teapot什么时候发货？",
    "iPhone15壳配{thing}",
    "order {number} 退款，谢谢",
    "{thing}のgift box、ありますか",
)
SURNAMES = {
    "zh": "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 潘 袁 蔡 蒋 余 欧阳 司马 上官 诸葛",
    "en": "Smith Jones Brown Taylor Wilson Davies Evans Walker Wright Green Hall Wood Clarke Hughes Lopez Nguyen Kowalski O'Hara Featherstone",
    "ja": "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 松本 井上 木村 清水 小鳥遊 勅使河原",
    "ko": "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 남궁 제갈",
}
GIVEN = {
    "zh": "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 小明 小红 雨桐 子涵 梓萱 浩然 欣怡 思远 晓东 静怡 一鸣 若曦",
    "en": "Emma Oliver Mia Jack Grace Harry Ella Leo Ruby Max Chloe Sam Ivy Tom Zoe Ben Hazel Ned Wilhelmina Thaddeus",
    "ja": "健太 美咲 翔太 さくら 大輔 陽菜 直樹 結衣 拓也 葵 和子 太郎 ひかり 隼人 千尋",
    "ko": "민준 서연 지훈 수빈 현우 지은 동현 유진 성민 하은 준호 예린 태희 보검",
}
_STROKES = {
    "zh": "云山水月风花雪竹松梅兰菊石泉溪谷岭峰霞露烟雨晴岚青白墨金玉珠锦绣织染烧刻雕绘漆釉胎骨纹冰裂鱼龙凤鹤鹿莲荷叶枝根果春夏秋冬晨暮古新清静和雅逸远深浅",
    "en": "ba co da el fi go ha in ju ka lo mi na or pe qui ra so ta ul vo wi xe ya zi sha tri mon der win",
    "ja": "桜梅松竹雪月花鳥風山川海空星雲霧霞露波岩森林野原里郷京都和織染焼絵彫塗漆金銀玉鈴鼓笛",
    "ko": "가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추",
}


class Speaker:
    """Says things, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._languages = [one for one, many in LANGUAGES for _ in range(many)]
        self._sayings = {one: [line.strip() for line in text.split("|")] for one, text in SAYINGS.items()}
        self._lists = {
            kind: {one: text.split() for one, text in words.items()}
            for kind, words in {
                "thing": THINGS, "place": PLACES, "colour": COLOURS, "surname": SURNAMES, "given": GIVEN
            }.items()
        }  # fmt: skip
        self._strokes = {one: text.split() if one == "en" else list(text) for one, text in _STROKES.items()}

    def language(self) -> str:
        return self._languages[int(self._random.random() * 100)]

    def name(self, language: str) -> str:
        surname, given = self._one("surname", language), self._one("given", language)
        return f"{given} {surname}" if language == "en" else surname + given

    def says(self, language: str) -> str:
        """One message. Common sayings come often, and one in two hundred mixes languages."""
        random = self._random.random
        if random() < 0.005:
            saying = MIXED[int(random() * len(MIXED))]
        else:
            sayings = self._sayings[language]
            saying = sayings[int(random() ** 1.6 * len(sayings))]
        if "{" not in saying:
            return saying
        text = saying
        for kind in ("thing", "place", "colour"):
            while (slot := "{" + kind + "}") in text:
                text = text.replace(slot, self._one(kind, language), 1)
        if "{number}" in text:
            text = text.replace("{number}", self.number())
        if "{small}" in text:
            text = text.replace("{small}", str(1 + int(random() * 9)))
        if "{name}" in text:
            text = text.replace("{name}", self.name(language))
        if "{rare}" in text:
            text = text.replace("{rare}", self.rare(language))
        return text

    def number(self) -> str:
        return f"88{int(self._random.random() * 10**14):014d}"

    def rare(self, language: str) -> str:
        """A word of a large vocabulary, most of which is hardly ever said."""
        strokes, random = self._strokes[language], self._random.random
        many = len(strokes)
        return "".join(strokes[int(random() ** 2 * many)] for _ in range(3))

    def _one(self, kind: str, language: str) -> str:
        words = self._lists[kind][language]
        return words[int(self._random.random() ** 2.5 * len(words))]
