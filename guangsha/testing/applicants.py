"""Invented applicants among whom some are the same person, typed a second time: the truth for linking them.

Two worlds. ``slips``: the second time a clerk mistypes. ``forged``: besides, some second applications carry another *valid*
number, more families share a phone and an address, and more twins share a birth date too. Every number is invented: the
region codes 9900 to 9999 are given to no place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guangsha.areas.registry.linking import Records
from guangsha.kernel.identity import resident_check_digit

#: (character, sound) of surnames, the frequent ones first.
_SURNAMES = (
    "王wang李li张zhang刘liu陈chen杨yang黄huang赵zhao吴wu周zhou徐xu孙sun马ma朱zhu胡hu郭guo何he林lin罗luo高gao郑zheng梁liang"
    "谢xie宋song唐tang许xu韩han邓deng冯feng曹cao彭peng曾zeng肖xiao田tian董dong潘pan袁yuan蔡cai蒋jiang余yu于yu杜du叶ye"
    "程cheng魏wei苏su吕lv丁ding任ren卢lu姚yao沈shen钟zhong姜jiang崔cui谭tan陆lu范fan汪wang廖liao石shi金jin韦wei贾jia夏xia"
)
#: Characters of given names in pairs of one sound: a clerk hears one and writes the other.
_GIVEN = (
    "伟wei玮wei芳fang方fang娜na那na敏min闽min静jing婧jing丽li莉li强qiang蔷qiang磊lei蕾lei军jun君jun洋yang阳yang"
    "勇yong泳yong艳yan燕yan杰jie洁jie娟juan涓juan涛tao滔tao明ming铭ming超chao朝chao秀xiu绣xiu兰lan岚lan霞xia侠xia"
    "平ping萍ping刚gang钢gang桂gui贵gui英ying瑛ying华hua骅hua玉yu钰yu红hong虹hong文wen雯wen建jian健jian国guo帼guo"
    "志zhi智zhi晓xiao小xiao东dong冬dong海hai亥hai波bo博bo宁ning凝ning宇yu雨yu浩hao皓hao然ran染ran佳jia嘉jia怡yi仪yi"
    "思si斯si诚cheng成cheng俊jun骏jun辉hui慧hui豪hao毫hao天tian添tian颖ying莹ying琳lin林lin梦meng孟meng倩qian茜qian"
)


def _table(pairs: str) -> tuple[np.ndarray, np.ndarray]:
    characters: list[str] = []
    sounds: list[str] = []
    for letter in pairs:
        if letter.isascii():
            sounds[-1] += letter
        else:
            characters.append(letter)
            sounds.append("")
    return np.array(characters, dtype=object), np.array(sounds, dtype=object)


@dataclass(frozen=True, slots=True)
class World:
    """How often things go wrong, in hundredths of second applications (families and twins: of persons)."""

    family: int
    twins: int
    forged: int
    number_slip: int = 20
    number_missing: int = 5
    name_heard: int = 8
    name_other: int = 3
    birth_slip: int = 5
    phone_new: int = 30
    phone_slip: int = 8
    moved: int = 40


WORLDS = {"slips": World(family=25, twins=1, forged=0), "forged": World(family=40, twins=3, forged=2)}


@dataclass(frozen=True, slots=True)
class Applicants:
    """The records and, for each, the person behind it."""

    records: Records
    persons: np.ndarray

    @property
    def true_pairs(self) -> int:
        """How many pairs of records are one person."""
        counts = np.unique(self.persons, return_counts=True)[1]
        return int((counts * (counts - 1) // 2).sum())


def _check_digits(bodies: list[str]) -> list[str]:
    digits = np.frombuffer("".join(bodies).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - 48
    weights = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    table = np.array(list("10X98765432"), dtype=object)
    made: list[str] = table[(digits * weights).sum(axis=1) % 11].tolist()
    if bodies and made[0] != resident_check_digit(bodies[0]):
        raise AssertionError("the two ways to a check digit differ")
    return [body + digit for body, digit in zip(bodies, made, strict=True)]


def _slipped(text: str, place: int, kind: int) -> str:
    """One digit wrong, or two neighbours swapped (where they differ)."""
    i = place % (len(text) - 1)
    if kind % 2 and text[i] != text[i + 1]:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    digit = "0" if not text[i].isdigit() else str((int(text[i]) + 1 + place % 9) % 10)
    return text[:i] + digit + text[i + 1 :]


def _skewed(random: np.random.Generator, kinds: int, count: int, power: float) -> np.ndarray:
    shares = 1 / np.arange(1, kinds + 1) ** power
    return random.choice(kinds, count, p=shares / shares.sum())


def applicants(count: int, world: str, seed: int = 20261121) -> Applicants:
    """``count`` records, about 13 in a hundred of them second applications."""
    w, random = WORLDS[world], np.random.default_rng(seed)
    first = int(count / 1.15)
    second = count - first
    surname, surname_sound = _table(_SURNAMES)
    given, given_sound = _table(_GIVEN)
    sur = _skewed(random, len(surname), first, 0.9)
    one, two = (_skewed(random, len(given), first, 0.4) for _ in range(2))
    short = random.random(first) < 0.18
    day = random.integers(0, 25_000, first)
    region = random.integers(990_000, 990_080, first)
    serial = random.integers(1, 998, first)
    phone = random.integers(0, 10**8, first)
    street, room = random.integers(0, 900, first), random.integers(0, 4_000, first)
    family = np.flatnonzero(random.random(first) < w.family / 100)
    family = family[family > 0]
    for column in (phone, street, room):
        column[family] = column[family - 1]
    twins = family[random.random(len(family)) < w.twins / max(w.family, 1)]
    for column in (day, region, sur):
        column[twins] = column[twins - 1]
    serial[twins] = serial[twins - 1] % 997 + 1
    births = np.char.replace((np.datetime64("1940-01-01") + day).astype(str), "-", "").tolist()
    numbers = _check_digits(
        [f"{r}{b}{s:03d}" for r, b, s in zip(region.tolist(), births, serial.tolist(), strict=True)]
    )
    phones = [f"199{p:08d}" for p in phone.tolist()]
    homes = [f"{s}号院{r // 100}栋{r % 100}室" for s, r in zip(street.tolist(), room.tolist(), strict=True)]

    # the second applications: rows of the first, each with its own mistakes
    source = random.choice(first, second, replace=False)
    chance = random.integers(0, 100, (second, 8))
    place = random.integers(0, 10**8, (second, 4))
    one2, two2 = one[source].copy(), two[source].copy()
    heard = chance[:, 0] < w.name_heard
    one2[heard] ^= 1  # its neighbour of the same sound
    other = ~heard & (chance[:, 0] < w.name_heard + w.name_other)
    two2[other] = place[other, 0] % len(given)
    chosen = np.concatenate([np.arange(first), source])
    names, sounds = _names(
        (surname, surname_sound, given, given_sound),
        (sur[chosen], np.concatenate([one, one2]), np.concatenate([two, two2]), short[chosen]),
    )
    forged = np.flatnonzero((chance[:, 1] >= 90) & (chance[:, 1] < 90 + w.forged))
    made_up = iter(
        _check_digits([numbers[source[j]][:14] + f"{place[j, 1] % 997 + 1:03d}" for j in forged.tolist()])
    )
    forged_set = set(forged.tolist())
    for j, i in enumerate(source.tolist()):
        c, p = chance[j].tolist(), place[j].tolist()
        number, birth, tel, home = numbers[i], births[i], phones[i], homes[i]
        if j in forged_set:
            number = next(made_up)
        elif c[1] < w.number_slip:
            number = _slipped(number, p[1], c[2])
        elif c[1] < w.number_slip + w.number_missing:
            number = ""
        if c[3] < w.birth_slip:
            birth = birth[:4] + _slipped(birth[4:], p[2], c[4])
        if c[5] < w.phone_new:
            tel = f"198{p[3]:08d}"
        elif c[5] < w.phone_new + w.phone_slip:
            tel = _slipped(tel, p[3], c[6])
        if c[7] < w.moved:
            home = homes[p[2] % first]
        numbers.append(number)
        births.append(birth)
        phones.append(tel)
        homes.append(home)
    order = random.permutation(count)
    columns = [
        np.array(column, dtype=object)[order] for column in (numbers, names, sounds, births, phones, homes)
    ]
    kinds = np.full(count, "resident", dtype=object)
    records = Records(range(count), kinds, *columns)  # type: ignore[arg-type]
    return Applicants(records, chosen[order])


def _names(
    tables: tuple[np.ndarray, ...], picked: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> tuple[list[str], list[str]]:
    surname, surname_sound, given, given_sound = tables
    sur, one, two, short = picked
    tail, tail_sound = given[two].copy(), given_sound[two].copy()
    tail[short], tail_sound[short] = "", ""
    return (surname[sur] + given[one] + tail).tolist(), (
        surname_sound[sur] + given_sound[one] + tail_sound
    ).tolist()
