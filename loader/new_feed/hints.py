"""Words by which files of many languages call their columns and lines. They are hints for names, never a proof."""

from __future__ import annotations

import re
import unicodedata

_WORDS: dict[str, str] = {
    "account": "account|acct|konto|iban|compte|cuenta|conto|rekening|rachun|számla|tili|счет|счёт|рахун|账号|账户|口座|계좌|hesap",
    "amount": "amount|amnt|amt|betrag|montant|importe|importo|valor|bedrag|kwota|belopp|beløb|beloeb|summa|összeg|částka|"
    "сумма|сума|金额|金額|금액|tutar|net",
    "balance": "balance|saldo|solde|kontostand|stan|sold|zůstatek|egyenleg|bakiye|остаток|сальдо|залишок|余额|餘額|残高|差引|잔액|bal",
    "booked": "book|buch|post|pstng|complet|settle|bokf|bokfør|księg|ksieg|contab|comptab|zaúčt|könyv|провод|入账|记账",
    "closing": "clos|ending|end bal|endsaldo|końcow|koncow|final|schluss|neuer|slut|utgående|abschluss|konečn|záró|исход|期末|new bal",
    "count": "number of|numbers of|count|anzahl|liczba|nombre|aantal|antal|número|numero|počet|количество|笔|筆|件",
    "counterpart": "partner|payee|payer|paye|counter|gegen|tegen|empf|benef|begünst|beguenst|zahlungs|pflicht|nadawca|odbior|sender|"
    "recipient|mottag|avsänd|merchant|from|to|other|対方|对方|对手|destinat|remit|third",
    "currency": "currency|curr|ccy|währung|waehrung|devise|moneda|divisa|valuta|munt|waluta|valuuta|měna|deviza|валюта|币种|通貨|통화",
    "day": "date|datum|fecha|data|day|dag|dato|dátum|дата|日期|日付|거래일|tarih|päivä|time|created",
    "fee": "fee|gebühr|gebuehr|commission|kommission|frais|kosten|tax|charge|opłata|avgift|comisi|комисс|手续费|手数料",
    "in": "credit|crédit|kredit|haben|gutschrift|deposit|paid in|money in|entrada|abono|avere|uznan|insätt|wpływ|bij|"
    "кредит|поступ|приход|收入|存入|贷|貸|入金|お預|입금|received|alacak|inflow",
    "not_booked": "dispo|avail|cleared|project|pending|verfüg|disponib",
    "opening": "open|beginning|begin|initial|start|anfang|alter saldo|początk|poczatk|ingående|počáteč|nyitó|входящ|期初|"
    "previous|balance on|brought forward",
    "out": "debit|débit|soll|lastschrift|belast|withdraw|paid out|money out|salida|cargo|dare|obciąż|obciaz|uttag|wypływ|af|"
    "дебет|расход|支出|借|出金|お支払|출금|spent|sent|borç|borc|outflow|charge",
    "status": "status|state|stan|état|info|zustand|状态",
    "value_day": "valu|wert|rente|efekt|effective|interest|available|avail",
}


def _pattern(words: str) -> re.Pattern[str]:
    """Return a pattern for the words; short ones must stand alone, or `to` would be found in `auto`."""
    bounded = (
        rf"(?<![^\W_]){word}(?![^\W_])" if word.isascii() and len(word) <= 4 - (word != "from") else word
        for word in words.split("|")
    )
    return re.compile("|".join(bounded))


_PATTERNS = {role: _pattern(words) for role, words in _WORDS.items()}
# Whole texts of a column that say which way the money goes.
_IN = frozenset(
    "c cr credit crédit kredit haben h bij in + entrada ingreso uznanie кредит 收入 贷 貸 입금 received".split()
)
_OUT = frozenset("d dr debit débit soll s af out - salida egreso obciążenie дебет 支出 借 출금 sent".split())


def is_named(role: str, text: str) -> bool:
    """Return whether the text holds one of the words for the role."""
    return _PATTERNS[role].search(plain(text)) is not None


def amount_rank(header: str) -> int:
    """Return how likely the header is that of the amount, the likeliest first."""
    name = plain(header)
    if any(
        word in name for word in ("original", "foreign", "orig", "fremd", "oorspr", "rate", "kurs", "koers", "ursprung")
    ):
        return 4
    if is_named("fee", name):
        return 3
    return 0 if re.search(r"(?<![a-z])net(?![a-z])", name) else 1 if is_named("amount", name) else 2


def plain(text: str) -> str:
    """Return the text in lower case, composed, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip().lower()


def direction_of(text: str) -> str | None:
    """Return `in` or `out` where the text is a word for a direction."""
    words = set(re.split(r"[\s/]+", plain(text)))
    if bool(words & _IN) == bool(words & _OUT):
        return None
    return "in" if words & _IN else "out"
