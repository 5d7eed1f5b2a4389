"""Random pairs of texts for the comparison of text metrics: many scripts, signs, digits and blanks of
every kind; the output is a worked-over copy of a reference, so that n-grams and shifts are shared.
"""

import random

SCRIPTS = {
    "latin": "the quick brown fox jumps over lazy dog and a an cat naïve façade Straße İstanbul don't"
    " it's rock-n-roll e-mail U.S. 3.14 1,000 2019. -5 co-op O'Neil ﬁre",
    "cyrillic": "Съешь же ещё этих мягких французских булок да выпей чаю Ёлка не-за-что",
    "greek": "Ὁ ΣΟΦΟΣ ΟΔΟΣ Σ ΑΣ λόγος ἀρχῇ ΣΑΣ.",
    "arabic": "هذا نص عربي قصير، وفيه أرقام ٣٫١٤ و١٢٣ ؟ لماذا",
    "hindi": "यह एक छोटा वाक्य है। क्या आप ठीक हैं? १२३ हिन्दी",
    "chinese": "今天天气很好，我们去公园吧。 你好！（测试） １２３ 中文ABC混排 “引号”",
    "japanese": "これはテストです。カタカナ ひらがな 漢字ｶﾅ ・ー「」 東京2020",
    "korean": "안녕하세요 세계 한국어 문장입니다. 오늘은 3월",
    "thai": "สวัสดีชาวโลก ทดสอบ ๑๒๓",
    "emoji": "😀 👍🏽 👨‍👩‍👧 ❤️ 🇩🇪 ✔ → ∑ ½ ² ⅷ",
    "signs": ". , ; : ! ? - – — ' \" ( ) [ ] { } < > & % $ € # @ ~ ` ^ * + = / \\ | _ … « » ، 、"
    " &quot; &amp; &lt; &gt; &amp;lt; <skipped> ... .. 1.2.3 3,4,5 5-4 a.b $5.00 's x's",
    "digits": "0 1 12 3.5 1,234 -7 2019. 10% 1/2 3- -3 4.",
}
BLANKS = [" "] * 30 + ["  ", "\t", "\u00a0", "\u3000", "\u2009", "\n", "-\n", "\n-", "\u2028", "\x1c", ""]


LENGTHS = (0, 1, 2, 4, 8, 12, 20, 30)


def words_of(rng, lengths=LENGTHS):
    names = rng.sample(sorted(SCRIPTS), rng.choice([1, 1, 2, 3]))
    pool = [word for name in names for word in SCRIPTS[name].split()]
    return [rng.choice(pool) for _ in range(rng.choice(lengths))]


def worked_over(rng, words):
    """Words moved, dropped, doubled, replaced, or in another case."""
    words = list(words)
    for _ in range(rng.randrange(6)):
        if not words:
            break
        at, length = rng.randrange(len(words)), rng.randint(1, 4)
        what = rng.randrange(6)
        if what == 0:
            run = words[at : at + length]
            del words[at : at + length]
            to = rng.randint(0, len(words))
            words[to:to] = run
        elif what == 1:
            del words[at : at + length]
        elif what == 2:
            words[at:at] = words[at : at + length]
        elif what == 3:
            words[at] = words[at].upper()
        elif what == 4:
            words[at] = rng.choice(words_of(rng) or ["x"])
        else:
            words[at] = words[at] + rng.choice([".", ",", "!", "。", "-", "s"])
    return words


def joined(rng, words):
    text = "".join(word + rng.choice(BLANKS) for word in words)
    return text if rng.random() < 0.1 else text.strip(" ")


def pairs(count, references, seed, lengths=LENGTHS):
    """`count` rows of {"output", "references"}, each with that many references."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        words = words_of(rng, lengths)
        others = [joined(rng, worked_over(rng, words)) for _ in range(references)]
        rows.append({"output": joined(rng, worked_over(rng, words)), "references": others})
    return rows
