"""The words that questions are made with in many languages, which are about nothing by themselves.

A document says them less often than a question does, so that they would count as rare. Languages
that are not here do without: their common words count little by their frequency.
"""

from functools import lru_cache
from typing import Final

_ASKING: Final = {
    "en": """a about above after again all also am an and any are as at be because been before being
        below between both but by can could did do does doing done down during each few for from
        further get give had has have having he her here hers him his how i if in into is it its
        just know let like make may me might mine more most much many must my need no nor not now
        of off on once only or other our ours out over own please same shall she should so some
        such tell than that the their theirs them then there these they this those through to too
        under until up us use used using very want was way we were what when where whether which
        while who whom whose why will with within without would you your yours explain describe
        happen s t don doesn didn isn aren wasn won isnt cant dont doesnt im ive""",
    "de": """aber alle als also am an auch auf aus bei bin bis bist da dann das dass dem den denn
        der des dich die dies diese diesem diesen dieser dieses dir du durch ein eine einem einen
        einer eines er es euch für gegen gibt habe haben hat hatte hatten ich ihm ihn ihnen ihr
        ihre ihrem ihren ihrer im in ins ist ja kann kannst können könnte man mehr mein meine
        meinem meinen meiner mich mir mit muss müssen nach nicht noch nun nur ob oder ohne sein
        seine seinem seinen seiner sich sie sind so soll sollte über um und uns unser unsere unter
        viel viele vom von vor wann war waren warum was weil welche welchem welchen welcher welches
        wenn wer werde werden wie wieso wieviel will wir wird wo wofür woher wohin wurde wurden
        zu zum zur""",
    "fr": """à au aux avec ce ces cet cette ceux combien comment dans de des du elle elles en est
        est-ce et eu été être faire fait faut il ils je la le les leur leurs lui ma mais me mes moi
        mon ne nos notre nous on ont ou où par pas peut peux plus pour pourquoi pouvez qu quand que
        quel quelle quelles quels qui quoi sa se sera ses si son sont sous sur ta te tes toi ton tu
        un une vos votre vous y a ai as avez avait avoir c d j l m n s t""",
    "es": """a al algo ante antes como cómo con cual cuál cuales cuáles cuando cuándo cuanto cuánto
        cuanta cuánta cuantos cuántos cuantas cuántas de del desde donde dónde el él ella ellos en
        entre era eran es esa ese eso esta está están este esto estos fue fueron ha había han hay
        he hizo la las le les lo los más me mi mis muy no nos nuestra nuestro o para pero por porque
        puede pueden puedo que qué quien quién quienes quiénes se ser si sí sin sobre son su sus
        también te tener tiene tienen tu tus un una uno unos y ya yo""",
    "it": """a ad ai al alla alle agli che chi ci come con cosa cui da dai dal dalla dei del della
        delle di dove e è ed era erano essere fu gli ha hanno ho i il in io la le lei li lo loro lui
        ma mi mia mio ne nei nel nella nelle noi non o per perché più posso può qual quale quali
        quando quanto quanta quanti quante quella quello questa questo se si sono su sua sul sulla
        suo sui tra tu un una uno vi voi""",
    "pt": """a à ao aos as às com como da das de do dos e é ela ele eles em entre era eram essa esse
        esta está este eu foi foram há isso isto já lhe mais mas me meu minha na não nas no nos
        nós o onde os ou para pela pelo pode podem por porque porquê posso qual quais quando
        quanto quanta quantos quantas que quê quem se sem ser seu sua são também te tem têm ter
        um uma você vocês""",
    "nl": """aan al als bij dan dat de den der deze die dit door een en er had heb hebben heeft het
        hij hoe hoeveel hun ik in is je kan kunnen kun maar me mee men met mij mijn moet moeten naar
        niet nog nu of om omdat ons ook op over te tot u uit van veel voor waar waarom wanneer waren
        was wat we welk welke wel werd wie wij word worden wordt zal ze zich zij zijn zo zou""",
    "sv": """att av de dem den det detta du där efter en ett från för ha hade han har hon hur hos i
        in inte jag kan kunde man med men mer mig min mitt mot när någon något och om oss på sig sin
        ska skulle som så till under upp ut vad var varför vem vi vid vilka vilken vilket vara är
        över""",
    "da": """af at da de dem den der deres det dig din du efter eller en er et for fra få han har
        have hun hvad hvem hvilke hvilken hvilket hvor hvordan hvorfor hvornår i ikke jeg kan kunne
        man med meget men mig min mit når og om op os over på sig sin skal som så til ud var ved vi
        vil være""",
    "no": """av at da de dem den der deres det din du eller en er et for fra få ha han har hun hva
        hvem hvilke hvilken hvilket hvor hvordan hvorfor i ikke jeg kan kunne man med men meg min
        når og om opp oss over på seg sin skal som så til ut var ved vi vil være""",
    "pl": """a aby ale bez być był była było były czy co czego czemu dla do gdy gdzie i ich ile im
        ja jak jaka jaki jakie jakich jako je jego jej jest już każdy kiedy kto która które których
        którego który którzy którą lub ma mają mnie może można moja mój na nad nie nim o od on ona
        oni po pod przez przy są się skąd ta tak tam te tego tej ten to tu w we więc z za ze że""",
    "ru": """а без был была были было быть в вам вас во вы где да для до его ее если есть еще же за
        и из или им их к как какая какие каких какое какой каком когда кого кому которая которые
        который которого кто куда ли либо мне может можно мой мы на над нам нас не него нее нет ни
        них но о об он она они оно от откуда по под почему при про с свой сколько со так такой там
        те тем то тот ты у уже чего чей чем что чтобы эта эти это этого этой этом этот я""",
    "tr": """acaba ama bana ben bir biz bu bunu çok da daha de değil diye en gibi hangi hangisi her
        için ile ise kaç kim kime kimin mi mı mu mü nasıl ne neden nedir nerede nereye niçin niye o
        olan olarak oldu olduğu olur ona onu sen şu var ve veya ya yok""",
    "ro": """a ai al ale am are as au ca care ce cel cine cu cum cât câte câți când că dar de din
        după e ea ei el ele este eu fi fost i în îmi la le lui mai mă mea meu nu o or pe pentru prin
        sau să se sunt și te unde un una unei unui va voi""",
    "el": """από αν αυτή αυτό αυτός γιατί για δεν διά είναι ένα ένας εκ εκεί ενώ επί η ήταν θα και
        κατά κι μας με μετά μη μην μου μπορεί μπορώ να ο οι όπως όταν ότι πια ποια ποιες ποιο ποιος
        ποιοι ποιους που πού πόσα πόσες πόσο πόσοι πώς πως σαν σας σε στα στη στην στις στο στον
        στους συν τα τι τη την της τις το τον του τους των ως""",
    "hi": """इस उस एक और कब कहाँ कहां का कि किन किस किसने किसे की के को कौन कौनसा क्या क्यों कितना
        कितनी कितने कैसे गया गई गए जब जो तक तो था थी थे द्वारा ने नहीं पर भी मैं में यह ये रहा रही
        रहे लिए वह वे से हम ही है हैं हुआ हुई हुए हो होता होती होते""",
    "ar": """أن أو أي أين إلى إن التي الذي الذين اللتي ب بعد بين تم ثم ذلك على عن عند في قد قبل كان
        كانت كل كم كما كيف ل لا لم لماذا ما ماذا متى مع من منذ هذا هذه هل هم هو هي و""",
    "vi": """bao bị các cái cho có của cùng do đã đang đâu để đến được gì hay khi không là làm lúc
        mà một nào này nếu người nhiêu như những ở ra rằng sao sẽ tại theo thì thế trong từ và vào
        về vì với""",
}


@lru_cache(maxsize=64)
def asking_words(language: str) -> frozenset[str]:
    """The words of a language that only ask; none of a language that is not known here."""
    return frozenset(_ASKING.get(language, "").split())
